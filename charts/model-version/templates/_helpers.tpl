{{- define "model-version.modelLabels" -}}
mlops.dev/model: {{ .Values.model }}
mlops.dev/model-version: {{ .Values.version | quote }}
{{- end }}
