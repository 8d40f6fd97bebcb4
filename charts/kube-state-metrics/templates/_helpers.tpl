{{/* Watched resources by API group, as JSON. No cluster-wide kinds: they would need a ClusterRole. */}}
{{- define "kube-state-metrics.resources" -}}
{
  "": ["persistentvolumeclaims", "pods", "resourcequotas"],
  "apps": ["deployments", "statefulsets"],
  "batch": ["cronjobs", "jobs"]
}
{{- end }}
