import { NAMESPACE } from '../../../contracts/namespaces';
import { SECRET } from '../../../contracts/objects';
import { OCI_PULL_HOST } from '../../../contracts/oci';
import { RELEASE_LIST } from '../../../contracts/release-list';
import { NODE_PORT, SERVICE } from '../../../contracts/services';

/** Names that only contracts/ may spell out. */
export const NAMES: readonly string[] = [
  ...Object.values(NAMESPACE),
  ...Object.values(SECRET),
  OCI_PULL_HOST,
  RELEASE_LIST.name,
  RELEASE_LIST.releases,
  RELEASE_LIST.history,
];

/** Ports that only contracts/ may spell out, without a separator of thousands: `5_000` is a time. */
export const PORTS: readonly string[] = [
  ...new Set([...Object.values(NODE_PORT), ...Object.values(SERVICE).map(({ port }) => port)].map(String)),
];
