{{/* The name is the chart's unless its Chart.yaml has the annotation mlops.dev/name. */}}
{{- define "common.selector" -}}
app.kubernetes.io/name: {{ index .Chart.Annotations "mlops.dev/name" | default .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* The component is the chart's name unless its Chart.yaml has the annotation mlops.dev/component. */}}
{{- define "common.labels" -}}
{{ include "common.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/component: {{ index .Chart.Annotations "mlops.dev/component" | default .Chart.Name }}
app.kubernetes.io/part-of: mlops
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}
