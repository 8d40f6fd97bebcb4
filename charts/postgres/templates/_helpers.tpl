{{/* app.kubernetes.io/name of the pods that set things up, as a JSON array. */}}
{{- define "postgres.jobs" -}}
{{- $jobs := list -}}
{{- if .Values.databases }}{{ $jobs = append $jobs "postgres-databases" }}{{ end -}}
{{- if .Values.predictionLog.enabled }}{{ $jobs = append $jobs "postgres-migrations" }}{{ end -}}
{{- toJson $jobs -}}
{{- end }}
