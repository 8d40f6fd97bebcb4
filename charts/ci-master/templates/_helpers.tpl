{{/* Whether the repository is fetched from an address: then from any, for a policy cannot name a host. */}}
{{- define "ci-master.fetchEgress" -}}
{{- if not .Values.repository.hostPath }}
- ports:
    - { port: 443, protocol: TCP }
    - { port: 80, protocol: TCP }
    - { port: 22, protocol: TCP }
    - { port: 9418, protocol: TCP }
{{- end }}
{{- end }}

{{- define "ci-master.apiServerEgress" -}}
# The API server: no selector finds it.
- ports:
    - { port: 443, protocol: TCP }
    - { port: 6443, protocol: TCP }
{{- end }}

{{/* An egress rule to the pods of an app. Call with a dict: namespace, app, port. */}}
{{- define "ci-master.appEgress" -}}
- ports:
    - { port: {{ .port }}, protocol: TCP }
  to:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: {{ .namespace }}
      podSelector:
        matchLabels:
          app.kubernetes.io/name: {{ .app }}
{{- end }}

{{- define "ci-master.registryEgress" -}}
{{- if .Values.registry.namespace }}
{{- include "ci-master.appEgress" (dict "namespace" .Values.registry.namespace "app" "oci-registry" "port" (int .Values.registry.port)) }}
{{- else }}
# Any address, as a policy cannot name a host. Who gives out its tokens is on 443.
- ports:
    {{- range list 443 (int .Values.registry.port) | uniq }}
    - { port: {{ . }}, protocol: TCP }
    {{- end }}
{{- end }}
{{- end }}
