import { thisMachine, type Machine } from './engine';
import { catalogue } from './upstream/versions';

/** The user's own Terraform or OpenTofu if its version is one that we know to work. */
export function userTerraform(machine: Machine = thisMachine): string | undefined {
  return ['terraform', 'tofu'].find((binary) => {
    const answer = machine.ask(binary, ['version']);
    return answer?.ok === true && isKnownToWork(answer.output);
  });
}

function isKnownToWork(output: string): boolean {
  const found = /(?:Terraform|OpenTofu) v(\d+)\.(\d+)/.exec(output);
  if (!found) return false;
  const version = Number(found[1]) * 1000 + Number(found[2]);
  const [from, below] = [catalogue.terraform.from, catalogue.terraform.below].map(
    ([major, minor]) => major * 1000 + minor,
  ) as [number, number];
  return version >= from && version < below;
}
