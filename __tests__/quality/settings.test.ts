import { describe, expect, it } from '@jest/globals';

import { readSettings } from '../../quality/src/settings';

const env = {
  QUALITY_DATABASE_URL: 'postgres://quality@postgres:5432/predictions',
  QUALITY_MODELS:
    '[{"name":"fraud","labelDays":7,"gates":{"average_precision":0.45,"card_precision_100":0.15}},{"name":"churn","labelDays":30}]',
  LABELS_TOKEN: 'sixteen-letters!',
};

describe('settings', () => {
  it('have defaults, and gates only on what is exported', () => {
    expect(readSettings(env)).toEqual({
      databaseUrl: env.QUALITY_DATABASE_URL,
      models: [
        { name: 'fraud', labelDays: 7, gates: { average_precision: 0.45 } },
        { name: 'churn', labelDays: 30, gates: {} },
      ],
      labelsToken: env.LABELS_TOKEN,
      port: 8080,
      cycleSeconds: 60,
    });
  });

  it.each([
    ['QUALITY_DATABASE_URL', ''],
    ['QUALITY_DATABASE_URL', 'mysql://x'],
    ['QUALITY_MODELS', ''],
    ['QUALITY_MODELS', '[]'],
    ['QUALITY_MODELS', '[{"name":"fraud"}]'],
    ['QUALITY_MODELS', '[{"name":"fraud","labelDays":-1}]'],
    ['QUALITY_MODELS', '[{"name":"fraud","labelDays":1,"gates":{"recall":"high"}}]'],
    ['LABELS_TOKEN', ''],
    ['LABELS_TOKEN', 'too short'],
    ['PORT', '65536'],
    ['QUALITY_CYCLE_SECONDS', '0'],
  ])('refuse %s=%s', (name, value) => {
    expect(() => readSettings({ ...env, [name]: value })).toThrow(
      `environment variable ${name} cannot be used`,
    );
  });

  it('show no password and no token', () => {
    const secret = 'mysql://user:hunter2@host';
    expect(() => readSettings({ ...env, QUALITY_DATABASE_URL: secret })).toThrow(/^(?!.*hunter2)/);
    expect(() => readSettings({ ...env, LABELS_TOKEN: 'hunter2' })).toThrow(/^(?!.*hunter2)/);
  });
});
