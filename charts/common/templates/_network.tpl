{{/* An egress rule. */}}
{{- define "common.dnsEgress" -}}
- ports:
    - { port: 53, protocol: UDP }
    - { port: 53, protocol: TCP }
{{- end }}

{{/*
An ingress rule: a port, for pods of .Values.clientNamespaces. Call with a dict: root, port.
Through a NodePort the client's address is the node's, or unknown: the port is open.
*/}}
{{- define "common.clientIngress" -}}
- ports:
    - { port: {{ .port }}, protocol: TCP }
  {{- if ne .root.Values.service.type "NodePort" }}
  from:
    {{- range .root.Values.clientNamespaces }}
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: {{ . }}
    {{- end }}
  {{- end }}
{{- end }}
