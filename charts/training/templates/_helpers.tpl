{{- define "training.selector" -}}
app.kubernetes.io/name: training
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "training.labels" -}}
{{ include "training.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/component: training
app.kubernetes.io/part-of: mlops
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "training.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ .Values.uid }}
runAsGroup: {{ .Values.uid }}
fsGroup: {{ .Values.uid }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "training.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "training.resources" -}}
requests:
  cpu: {{ .Values.size.cpu }}
  memory: {{ .Values.size.memory }}
limits:
  cpu: {{ .Values.size.cpuLimit | quote }}
  memory: {{ .Values.size.memory }}
{{- end }}
