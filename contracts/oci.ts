/**
 * The host that nodes pull model images from if the platform runs the OCI registry: a name only in containerd's
 * certs.d, which maps it to the registry's node port on the node.
 */
export const OCI_PULL_HOST = 'registry.mlops:5000';

/** Where pods that talk to the OCI registry have its login, as crane reads it, and its CA. */
export const OCI_LOGIN_FOLDER = '/var/run/oci-registry';

/**
 * Environment in which Go's programs trust the certificates in a folder besides the system's.
 * Source: crypto/x509, root_unix.go.
 */
export function trusting(folder: string, system = '/etc/ssl/certs'): { readonly SSL_CERT_DIR: string } {
  return { SSL_CERT_DIR: `${system}:${folder}` };
}

/** Where containerd on a node looks for a registry's hosts.toml. */
export const CERTS_FOLDER = '/etc/containerd/certs.d';
