{{/* What is watched, by API group, as JSON. Cluster-wide kinds are left out: they would need a ClusterRole. */}}
{{- define "kube-state-metrics.resources" -}}
{
  "": ["persistentvolumeclaims", "pods", "resourcequotas"],
  "apps": ["deployments", "statefulsets"],
  "batch": ["cronjobs", "jobs"]
}
{{- end }}
