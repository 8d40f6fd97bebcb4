import { scalar } from '../../contracts/quantity';
import type { ModelConfig } from './config-types';
import type { Problem } from './errors';

/** Of autoscaling, what the schema cannot say. */
export function autoscalingProblems(
  file: string,
  models: Readonly<Record<string, ModelConfig>>,
): readonly Problem[] {
  return Object.entries(models).flatMap(([name, { autoscaling, replicas, cpuLimit }]) => {
    if (autoscaling === undefined) return [];
    const path = `models.${name}.autoscaling`;
    const { maxReplicas, cpu } = autoscaling;
    return [
      ...(maxReplicas > replicas
        ? []
        : [
            {
              file,
              path: `${path}.maxReplicas`,
              what: `is not more than models.${name}.replicas`,
              got: maxReplicas,
              expected: `more than ${replicas}`,
              fix: `raise ${path}.maxReplicas, or leave ${path} out`,
            },
          ]),
      ...(scalar(cpu) < scalar(cpuLimit)
        ? []
        : [
            {
              file,
              path: `${path}.cpu`,
              what: `is not less than models.${name}.cpuLimit: pods that use all they may would never become more`,
              got: cpu,
              expected: `less than ${cpuLimit}`,
              fix: `lower ${path}.cpu, for example to half of the limit`,
            },
          ]),
    ];
  });
}
