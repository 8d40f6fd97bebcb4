{{/* Bytes for finished blocks, in Prometheus' MB of 2^20 bytes: a share of the volume. */}}
{{- define "prometheus.retentionSize" -}}
{{- $storage := .Values.size.storage -}}
{{- $mebibytes := trimSuffix "Mi" $storage | int -}}
{{- if hasSuffix "Gi" $storage -}}
{{- $mebibytes = mul 1024 (trimSuffix "Gi" $storage | int) -}}
{{- end -}}
{{ div (mul $mebibytes .Values.retention.percentOfVolume) 100 }}MB
{{- end }}

{{/* Namespaces that hold targets, as a JSON list. */}}
{{- define "prometheus.targetNamespaces" -}}
{{- $namespaces := list -}}
{{- range .Values.targets -}}{{- $namespaces = append $namespaces .namespace -}}{{- end -}}
{{ $namespaces | uniq | sortAlpha | toJson }}
{{- end }}

{{/* Authentication of this pod at the API server and at kubelets. */}}
{{- define "prometheus.serviceAccountToken" -}}
authorization: { credentials_file: /var/run/secrets/kubernetes.io/serviceaccount/token }
{{- end }}

{{/* A scrape of every kubelet. Call with a dict: job, path, keep (regular expression of names), namespaces. */}}
{{- define "prometheus.kubelet" -}}
- job_name: {{ .job }}
  scheme: https
  metrics_path: {{ .path }}
  # Kubelets make their certificates themselves, unless the cluster was told otherwise.
  tls_config: { insecure_skip_verify: true }
  {{- include "prometheus.serviceAccountToken" . | nindent 2 }}
  # The metrics speak of other pods: their namespace and pod are the labels that count.
  honor_labels: true
  kubernetes_sd_configs:
    - role: node
  relabel_configs:
    # One job with two addresses per node: without the path, both would write the same series of `up`.
    - { target_label: job, replacement: kubelet }
    - { source_labels: [__metrics_path__], target_label: metrics_path }
    - { source_labels: [__meta_kubernetes_node_name], target_label: node }
  metric_relabel_configs:
    - { source_labels: [__name__], regex: {{ .keep | quote }}, action: keep }
    # Of file systems, the disks of the node itself; of everything else, the platform's pods.
    - { source_labels: [__name__, id, device, namespace], regex: {{ printf "container_fs_.+;/;/dev/(sd|vd|xvd|nvme|mapper/|dm-|md).*;|.+;.*;.*;(%s)" (join "|" .namespaces) | quote }}, action: keep }
    - { source_labels: [__name__, id], regex: 'container_fs_.+;/.+', action: drop }
    # Sums over a pod's containers beside the containers themselves.
    - { source_labels: [__name__, container], regex: 'container_(cpu|memory)_.+;(POD)?', action: drop }
{{- end }}

{{/* The kubelet's own HTTP probe knows no password. */}}
{{- define "prometheus.ready" -}}
exec:
  command: [promtool, check, ready, --url=http://127.0.0.1:9090, --http.config.file=/etc/prometheus/config/promtool.yml]
timeoutSeconds: 10
{{- end }}
