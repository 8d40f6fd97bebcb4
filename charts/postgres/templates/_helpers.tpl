{{- define "postgres.selector" -}}
app.kubernetes.io/name: postgres
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "postgres.labels" -}}
{{ include "postgres.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/component: database
app.kubernetes.io/part-of: mlops
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "postgres.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ .Values.uid }}
runAsGroup: {{ .Values.uid }}
fsGroup: {{ .Values.uid }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "postgres.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "postgres.resources" -}}
requests:
  cpu: {{ .Values.size.cpu }}
  memory: {{ .Values.size.memory }}
limits:
  cpu: {{ .Values.size.cpuLimit | quote }}
  memory: {{ .Values.size.memory }}
{{- end }}

{{/* app.kubernetes.io/name of the pods that set things up, as a JSON array. */}}
{{- define "postgres.jobs" -}}
{{- $jobs := list -}}
{{- if .Values.databases }}{{ $jobs = append $jobs "postgres-databases" }}{{ end -}}
{{- if .Values.predictionLog.enabled }}{{ $jobs = append $jobs "postgres-migrations" }}{{ end -}}
{{- toJson $jobs -}}
{{- end }}
