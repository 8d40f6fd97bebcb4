{{/*
The value of a key in a Secret, base64 encoded: the existing one, else a new random one.
Call with a dict: namespace, secret, key, length. Without a cluster (helm template) it is always new.
*/}}
{{- define "credentials.keepOrMake" -}}
{{- $existing := lookup "v1" "Secret" .namespace .secret | default dict -}}
{{- $data := $existing.data | default dict -}}
{{- get $data .key | default (randAlphaNum .length | b64enc) -}}
{{- end }}
