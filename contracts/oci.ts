/**
 * The host that nodes pull model images from, when the OCI registry is the platform's own: a name of containerd's
 * certs.d only, which leads to the registry's node port on the node itself.
 */
export const OCI_PULL_HOST = 'registry.mlops:5000';
