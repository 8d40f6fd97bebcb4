/**
 * The host that nodes pull model images from if the platform runs the OCI registry: a name only in containerd's
 * certs.d, which maps it to the registry's node port on the node.
 */
export const OCI_PULL_HOST = 'registry.mlops:5000';
