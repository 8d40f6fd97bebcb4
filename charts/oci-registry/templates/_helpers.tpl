{{- define "oci-registry.selector" -}}
app.kubernetes.io/name: oci-registry
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "oci-registry.labels" -}}
{{ include "oci-registry.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/component: oci-registry
app.kubernetes.io/part-of: mlops
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "oci-registry.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ .Values.uid }}
runAsGroup: {{ .Values.uid }}
fsGroup: {{ .Values.uid }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "oci-registry.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "oci-registry.resources" -}}
requests:
  cpu: {{ .Values.size.cpu }}
  memory: {{ .Values.size.memory }}
limits:
  cpu: {{ .Values.size.cpuLimit | quote }}
  memory: {{ .Values.size.memory }}
{{- end }}
