import { describe, expect, it } from '@jest/globals';
import { parseModelVersion } from '../../cli/src/releases/rollout';
import { parseEvent } from '../../cli/src/training';

describe('a line of a training log', () => {
  it('is an event if it is JSON', () => {
    expect(parseEvent('{"step":"collect","status":"done","seconds":1.5}')).toEqual({
      step: 'collect',
      status: 'done',
      seconds: 1.5,
    });
  });

  it.each(['[LightGBM] [Info] trained', '{ not json', ''])('is no event: %j', (line) => {
    expect(parseEvent(line)).toBeUndefined();
  });
});

describe('a model version', () => {
  it('is read', () => {
    expect(parseModelVersion('fraud@12')).toEqual({ model: 'fraud', version: '12' });
  });

  it.each(['fraud', 'fraud@', 'fraud@v2', '@2', 'Fraud@2', 'fraud@2@3', 'fraud@2 '])(
    'is refused: %j',
    (text) => {
      expect(() => parseModelVersion(text)).toThrow('MODEL@VERSION');
    },
  );
});
