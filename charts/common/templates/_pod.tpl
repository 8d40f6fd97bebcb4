{{/* For charts with the values uid and size: cpu, cpuLimit, memory. */}}
{{- define "common.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ .Values.uid }}
runAsGroup: {{ .Values.uid }}
fsGroup: {{ .Values.uid }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "common.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "common.resources" -}}
requests:
  cpu: {{ .Values.size.cpu }}
  memory: {{ .Values.size.memory }}
limits:
  cpu: {{ .Values.size.cpuLimit | quote }}
  memory: {{ .Values.size.memory }}
{{- end }}
