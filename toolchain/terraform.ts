import { thisHost, type Host } from './engine';

/** The user's Terraform or OpenTofu is used if it is at least `from` and older than `below`. */
const VERSIONS = { from: [1, 6], below: [1, 12] } as const;

/** The user's Terraform or OpenTofu, if its version is supported. */
export function userTerraform(host: Host = thisHost): string | undefined {
  return ['terraform', 'tofu'].find((binary) => {
    const answer = host.ask(binary, ['version']);
    return answer?.ok === true && isKnownToWork(answer.output);
  });
}

function isKnownToWork(output: string): boolean {
  const found = /(?:Terraform|OpenTofu) v(\d+)\.(\d+)/.exec(output);
  if (!found) return false;
  const version = Number(found[1]) * 1000 + Number(found[2]);
  const [from, below] = [VERSIONS.from, VERSIONS.below].map(([major, minor]) => major * 1000 + minor) as [
    number,
    number,
  ];
  return version >= from && version < below;
}
