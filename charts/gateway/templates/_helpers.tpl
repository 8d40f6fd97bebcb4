{{- define "gateway.selector" -}}
{{ include "common.selector" . }}
{{- end }}

{{- define "gateway.labels" -}}
{{ include "common.labels" . }}
{{- end }}

{{- define "gateway.podSecurity" -}}
{{ include "common.podSecurity" . }}
{{- end }}

{{- define "gateway.containerSecurity" -}}
{{ include "common.containerSecurity" . }}
{{- end }}

{{- define "gateway.resources" -}}
{{ include "common.resources" . }}
{{- end }}
