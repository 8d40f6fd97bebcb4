{{/* Labels of objects for the operator. */}}
{{- define "monitoring-objects.labels" -}}
{{ include "common.labels" . }}
{{- range $name, $value := .Values.labels }}
{{ $name }}: {{ $value | quote }}
{{- end }}
{{- end }}

{{- define "monitoring-objects.check" -}}
{{- if not (.Capabilities.APIVersions.Has "monitoring.coreos.com/v1") -}}
{{- fail "monitoring: existing needs the Prometheus operator, and the cluster does not know monitoring.coreos.com/v1. Install the operator, or set monitoring: bundled or none in platform.yaml" -}}
{{- end -}}
{{- end }}
