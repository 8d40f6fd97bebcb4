{{- define "credentials.selector" -}}
app.kubernetes.io/name: credentials
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "credentials.labels" -}}
{{ include "credentials.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/component: credentials
app.kubernetes.io/part-of: mlops
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/*
The value of a key in a Secret, base64 encoded: what the cluster has, else a new random one.
Call with a dict: namespace, secret, key, length. Without a cluster (helm template) it is always new.
*/}}
{{- define "credentials.keepOrMake" -}}
{{- $existing := lookup "v1" "Secret" .namespace .secret | default dict -}}
{{- $data := $existing.data | default dict -}}
{{- get $data .key | default (randAlphaNum .length | b64enc) -}}
{{- end }}
