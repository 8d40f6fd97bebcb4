import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConfigError } from '../../../stacks/shared/errors';
import { qualityModels } from '../../../stacks/shared/quality-models';
import { testPlatform } from '../support';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'models-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

const GOOD = 'name: fraud\nlabel_delay_days: 7\ngates: {average_precision: 0.45}\n';

/** Reads models of these names, each with the text of its model.yaml. */
function read(texts: Readonly<Record<string, string>>) {
  const { config } = testPlatform();
  for (const [name, text] of Object.entries(texts)) {
    mkdirSync(join(root, 'team', name), { recursive: true });
    writeFileSync(join(root, 'team', name, 'model.yaml'), text);
  }
  const settings = config.models.fraud;
  if (settings === undefined) throw new Error('the configuration of tests has no model fraud');
  const models = Object.fromEntries(
    Object.keys(texts).map((name) => [name, { ...settings, path: `team/${name}` }]),
  );
  return qualityModels({ ...config, models, paths: { ...config.paths, root } });
}

function messageFor(text: string): string {
  try {
    read({ fraud: text });
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('the model was accepted');
}

describe('qualityModels', () => {
  it('reads only the delay and gates of every model', () => {
    const churn =
      'name: churn\nlabel_delay_days: 30\ngates: {}\nfeatures: whatever the pipeline says of them\n';
    expect(read({ fraud: GOOD, churn })).toEqual([
      { name: 'fraud', labelDays: 7, gates: { average_precision: 0.45 } },
      { name: 'churn', labelDays: 30, gates: {} },
    ]);
  });

  it('reports every problem of every model at once', () => {
    const wrong = { fraud: GOOD.replace('7', 'soon'), churn: GOOD.replace('0.45', '45') };
    expect(() => read(wrong)).toThrow(ConfigError);
    expect(() => read(wrong)).toThrow(
      /team\/fraud\/model\.yaml: label_delay_days[^]*team\/churn\/model\.yaml/,
    );
  });

  it('requires a delay', () => {
    expect(messageFor(GOOD.replace('label_delay_days: 7\n', ''))).toMatchInlineSnapshot(`
     "team/fraud/model.yaml: label_delay_days is missing
       expected: a value
       fix:      add label_delay_days"
    `);
  });

  it('requires a delay in whole days', () => {
    expect(messageFor(GOOD.replace('7', '0.5'))).toMatchInlineSnapshot(`
     "team/fraud/model.yaml: label_delay_days has the wrong type
       got:      0.5
       expected: integer: Days until a label is known.
       fix:      give label_delay_days a value of type integer

     team/fraud/model.yaml: label_delay_days is out of range
       got:      0.5
       expected: must be >= 1
       fix:      correct label_delay_days"
    `);
  });

  it('requires a finite delay', () => {
    expect(messageFor(GOOD.replace('7', '4000'))).toMatchInlineSnapshot(`
     "team/fraud/model.yaml: label_delay_days is out of range
       got:      4000
       expected: must be <= 365
       fix:      correct label_delay_days"
    `);
  });

  it('requires gates to be numbers', () => {
    expect(messageFor(GOOD.replace('0.45', 'high'))).toMatchInlineSnapshot(`
     "team/fraud/model.yaml: gates.average_precision has the wrong type
       got:      "high"
       expected: number: see pipeline/model.schema.json
       fix:      give gates.average_precision a value of type number"
    `);
  });

  it('requires the name under which the model is served', () => {
    expect(messageFor(GOOD.replace('name: fraud', 'name: froud'))).toMatchInlineSnapshot(`
     "team/fraud/model.yaml: name is not the name in platform.yaml
       got:      "froud"
       expected: fraud
       fix:      use one name here and in platform.yaml"
    `);
  });

  it('requires YAML', () => {
    expect(messageFor('name: fraud: 7')).toMatchInlineSnapshot(`
     "team/fraud/model.yaml: line 1 is not YAML
       got:      "Nested mappings are not allowed in compact mappings"
       expected: valid YAML 1.2
       fix:      correct the line"
    `);
  });

  it('refuses an empty file', () => {
    expect(messageFor('')).toMatchInlineSnapshot(`
     "team/fraud/model.yaml has the wrong type
       got:      null
       expected: object: see pipeline/model.schema.json
       fix:      give the file a value of type object"
    `);
  });
});
