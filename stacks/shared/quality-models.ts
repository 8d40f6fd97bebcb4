import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { parseDocument } from 'yaml';
import modelSchema from '../../pipeline/model.schema.json' with { type: 'json' };
import { explain } from './config-problems';
import type { PlatformConfig } from './config-types';
import { ConfigError, type Problem } from './errors';

/** What the quality exporter has to know of a model. */
export interface QualityModel {
  readonly name: string;
  /** Days after which the label of a prediction should have arrived. */
  readonly labelDays: number;
  /** Least value per metric that registration asks for. */
  readonly gates: Readonly<Record<string, number>>;
}

interface ModelDocument {
  readonly name: string;
  readonly label_delay_days: number;
  readonly gates: Readonly<Record<string, number>>;
}

const { $defs, properties } = modelSchema;

/** Of the pipeline's schema what is read here: the pipeline itself checks the rest. */
const schema = {
  $defs,
  type: 'object',
  required: ['name', 'label_delay_days', 'gates'],
  properties: {
    name: properties.name,
    label_delay_days: properties.label_delay_days,
    gates: properties.gates,
  },
};

/**
 * The models of platform.yaml, as their model.yaml tells of them.
 * @throws ConfigError naming file, path, value, expectation and fix
 */
export function qualityModels({ models, paths }: PlatformConfig): readonly QualityModel[] {
  // Compiled here, since few commands read models.
  const validate = new Ajv2020({ allErrors: true, verbose: true }).compile<ModelDocument>(schema);
  const read = Object.entries(models).map(([name, { path }]) =>
    readModel(paths.root, `${path}/model.yaml`, name, validate),
  );
  const problems = read.flatMap((each) => ('problems' in each ? each.problems : []));
  if (problems.length > 0) throw new ConfigError(problems);
  return read.flatMap((each) => ('model' in each ? [each.model] : []));
}

function readModel(
  root: string,
  file: string,
  name: string,
  validate: ValidateFunction<ModelDocument>,
): { readonly model: QualityModel } | { readonly problems: readonly Problem[] } {
  const yaml = parseDocument(readFileSync(join(root, file), 'utf8'));
  const [syntax] = yaml.errors;
  if (syntax !== undefined)
    return {
      problems: [
        {
          file,
          path: `line ${syntax.linePos?.[0].line ?? 1}`,
          what: 'is not YAML',
          got: syntax.message.split('\n')[0]?.replace(/ at line .*$/, ''),
          expected: 'valid YAML 1.2',
          fix: 'correct the line',
        },
      ],
    };
  const document: unknown = yaml.toJS();
  if (!validate(document))
    return { problems: explain(file, validate.errors ?? [], 'pipeline/model.schema.json') };
  if (document.name !== name)
    return {
      problems: [
        {
          file,
          path: 'name',
          what: 'is not the name in platform.yaml',
          got: document.name,
          expected: name,
          fix: 'use one name here and in platform.yaml',
        },
      ],
    };
  return { model: { name, labelDays: document.label_delay_days, gates: document.gates } };
}
