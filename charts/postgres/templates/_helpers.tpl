{{/* app.kubernetes.io/name of the pods that set things up, as a JSON array. */}}
{{- define "postgres.jobs" -}}
{{- $jobs := list -}}
{{- if or .Values.databases .Values.ci.enabled }}{{ $jobs = append $jobs "postgres-databases" }}{{ end -}}
{{- if .Values.predictionLog.enabled }}{{ $jobs = append $jobs "postgres-migrations" }}{{ end -}}
{{- toJson $jobs -}}
{{- end }}

{{/* The databases to create, as JSON: those of the values, and the CI's where there is a CI. */}}
{{- define "postgres.allDatabases" -}}
{{- $ci := .Values.ci -}}
{{- if $ci.enabled -}}
{{- append .Values.databases (dict "name" $ci.database "owner" $ci.database "passwordKey" $ci.passwordKey) | toJson -}}
{{- else -}}
{{- .Values.databases | toJson -}}
{{- end -}}
{{- end }}
