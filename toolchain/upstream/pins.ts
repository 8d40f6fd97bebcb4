/**
 * Every published image and tool of the `upstream` source, unless UPSTREAM_VERSIONS names others. What the `packages` source builds instead is pinned in
 * toolchain/packages/versions.ts and the go.sum files there.
 */
export const pins = {
  images: {
    postgres: 'docker.io/library/postgres:15.15-bookworm',
    nginx: 'docker.io/nginxinc/nginx-unprivileged:1.28.0',
    'oci-registry':
      'docker.io/library/registry:3.0.0@sha256:6c5666b861f3505b116bb9aa9b25175e71210414bd010d92035ff64018f9457e',
    prometheus:
      'docker.io/prom/prometheus:v3.5.0@sha256:63805ebb8d2b3920190daf1cb14a60871b16fd38bed42b857a3182bc621f4996',
    alertmanager:
      'docker.io/prom/alertmanager:v0.33.1@sha256:9e082985f56f4c8c9f724e18f2288c6708f472e56a5286b8863d080434ea065d',
    'kube-state-metrics':
      'registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.18.0@sha256:1545919b72e3ae035454fc054131e8d0f14b42ef6fc5b2ad5c751cafa6b2130e',
    'metrics-server': 'registry.k8s.io/metrics-server/metrics-server:v0.9.0',
    grafana:
      'docker.io/grafana/grafana:12.4.0@sha256:b0ae311af06228bcfd4a620504b653db80f5b91e94dc3dc2a5b7dab202bcde20',
  },
  node: 'docker.io/kindest/node:v1.34.0@sha256:7416a61b42b1662ca6ca89f02028ac133a309a2a30ba309614e8ec94d976dc5a',
  bases: {
    python:
      'docker.io/library/python:3.11-slim-bookworm@sha256:528257d48c1da0dcecc2e725d1ae34498d60c965f1241e39cd6a85a8859bdf84',
    node: 'docker.io/library/node:22-bookworm-slim@sha256:83f487e0a63425e5b4d146fb5e5be574bcbe1b7b843d3ebafdd95eaf7767a7e5',
    crane: 'gcr.io/go-containerregistry/crane:v0.20.3',
  },
  /** Where programs are downloaded from: the release pages of GitHub, and kind's own. */
  releases: { github: 'https://github.com', kind: 'https://kind.sigs.k8s.io' },
  kind: '0.30.0',
  tofu: '1.10.7',
  prometheus: '3.5.1',
  helmUnittest: '1.0.0',
  crane: '0.20.3',
  providers: { kubernetes: '2.38.0', helm: '3.1.1' },
} as const;
