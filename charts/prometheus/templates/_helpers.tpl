{{/* Size of finished blocks, a share of the volume, in Prometheus's MB of 2^20 bytes. */}}
{{- define "prometheus.retentionSize" -}}
{{- $storage := .Values.size.storage -}}
{{- $mebibytes := trimSuffix "Mi" $storage | int -}}
{{- if hasSuffix "Gi" $storage -}}
{{- $mebibytes = mul 1024 (trimSuffix "Gi" $storage | int) -}}
{{- end -}}
{{ div (mul $mebibytes .Values.retention.percentOfVolume) 100 }}MB
{{- end }}

{{/* Namespaces with targets, as a JSON list. */}}
{{- define "prometheus.targetNamespaces" -}}
{{- $namespaces := list -}}
{{- range .Values.targets -}}{{- $namespaces = append $namespaces .namespace -}}{{- end -}}
{{ $namespaces | uniq | sortAlpha | toJson }}
{{- end }}

{{/* This pod's authentication to the API server and kubelets. */}}
{{- define "prometheus.serviceAccountToken" -}}
authorization: { credentials_file: /var/run/secrets/kubernetes.io/serviceaccount/token }
{{- end }}

{{/* Scrapes every kubelet. Call with a dict: job, path, keep (regular expression of names), namespaces. */}}
{{- define "prometheus.kubelet" -}}
- job_name: {{ .job }}
  scheme: https
  metrics_path: {{ .path }}
  # Kubelets have self-signed certificates unless the cluster is configured otherwise.
  tls_config: { insecure_skip_verify: true }
  {{- include "prometheus.serviceAccountToken" . | nindent 2 }}
  # The metrics are about other pods, so their own namespace and pod labels count.
  honor_labels: true
  kubernetes_sd_configs:
    - role: node
  relabel_configs:
    # One job has two paths per node: without this label both would write the same `up` series.
    - { target_label: job, replacement: kubelet }
    - { source_labels: [__metrics_path__], target_label: metrics_path }
    - { source_labels: [__meta_kubernetes_node_name], target_label: node }
  metric_relabel_configs:
    - { source_labels: [__name__], regex: {{ .keep | quote }}, action: keep }
    # File systems of the node itself; everything else of the platform's pods.
    - { source_labels: [__name__, id, device, namespace], regex: {{ printf "container_fs_.+;/;/dev/(sd|vd|xvd|nvme|mapper/|dm-|md).*;|.+;.*;.*;(%s)" (join "|" .namespaces) | quote }}, action: keep }
    - { source_labels: [__name__, id], regex: 'container_fs_.+;/.+', action: drop }
    # Per-pod sums, which would double the containers.
    - { source_labels: [__name__, container], regex: 'container_(cpu|memory)_.+;(POD)?', action: drop }
{{- end }}

{{/* The kubelet's HTTP probe has no password. */}}
{{- define "prometheus.ready" -}}
exec:
  command: [promtool, check, ready, --url=http://127.0.0.1:9090, --http.config.file=/etc/prometheus/config/promtool.yml]
timeoutSeconds: 10
{{- end }}
