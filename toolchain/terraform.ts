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

/** A Terraform of the user that is not used, with its version; undefined where there is none, or another that is. */
export function ignoredTerraform(host: Host = thisHost): string | undefined {
  if (userTerraform(host) !== undefined) return undefined;
  return ['terraform', 'tofu']
    .map(
      (binary) =>
        /(?:Terraform|OpenTofu) v\d+\.\d+\S*/.exec(host.ask(binary, ['version'])?.output ?? '')?.[0],
    )
    .find((version) => version !== undefined);
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
