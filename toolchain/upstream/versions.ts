/**
 * Every published image and tool of the `upstream` source. What the `packages` source builds instead is pinned in
 * toolchain/packages/versions.ts and the go.sum files there.
 */
export const versions = {
  images: {
    postgres: 'docker.io/library/postgres:15.15-bookworm',
    nginx: 'docker.io/nginxinc/nginx-unprivileged:1.28.0',
    'oci-registry':
      'docker.io/library/registry:3.0.0@sha256:6c5666b861f3505b116bb9aa9b25175e71210414bd010d92035ff64018f9457e',
  },
  node: 'docker.io/kindest/node:v1.34.0@sha256:7416a61b42b1662ca6ca89f02028ac133a309a2a30ba309614e8ec94d976dc5a',
  bases: {
    python:
      'docker.io/library/python:3.11-slim-bookworm@sha256:528257d48c1da0dcecc2e725d1ae34498d60c965f1241e39cd6a85a8859bdf84',
    node: 'docker.io/library/node:22-bookworm-slim@sha256:83f487e0a63425e5b4d146fb5e5be574bcbe1b7b843d3ebafdd95eaf7767a7e5',
    crane: 'gcr.io/go-containerregistry/crane:v0.20.3',
  },
  kind: { version: '0.30.0', url: 'https://kind.sigs.k8s.io/dl/v0.30.0/kind-linux-amd64' },
  tofu: {
    version: '1.10.7',
    url: 'https://github.com/opentofu/opentofu/releases/download/v1.10.7/tofu_1.10.7_linux_amd64.tar.gz',
  },
  helmUnittest: {
    version: '1.0.0',
    url: 'https://github.com/helm-unittest/helm-unittest/releases/download/v1.0.0/helm-unittest-linux-amd64-1.0.0.tgz',
  },
  providers: { kubernetes: '2.38.0', helm: '3.1.1' },
} as const;
