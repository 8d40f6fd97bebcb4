import { LABEL, PART_OF } from '../../contracts/objects';

/** Kubernetes' recommended labels, for objects created by Terraform directly. */
export function labels(component: string): Record<string, string> {
  return {
    [LABEL.name]: component,
    [LABEL.component]: component,
    [LABEL.partOf]: PART_OF,
    [LABEL.managedBy]: 'terraform',
  };
}
