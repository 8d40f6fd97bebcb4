import { canaryInWords } from '../canary/words';
import type { ControllerEvent } from './control';
import type { LeadershipEvent } from './leadership';

type Level = 'info' | 'warn' | 'error';

/** A line for people that machines can read. */
export function log(level: Level, message: string, fields: Readonly<Record<string, string>> = {}): void {
  console.log(JSON.stringify({ time: new Date().toISOString(), level, ...fields, msg: message }));
}

/** Writes what happens; of looks that find nothing new, the first. */
export function logger(write: typeof log = log): (event: ControllerEvent | LeadershipEvent) => void {
  const last = new Map<string, string>();
  return (event) => {
    const [level, message] = inWords(event);
    const model = 'model' in event ? event.model : '';
    if (last.get(model) === message) return;
    last.set(model, message);
    write(level, message, model === '' ? {} : { model });
  };
}

function inWords(event: ControllerEvent | LeadershipEvent): readonly [Level, string] {
  switch (event.kind) {
    case 'watching':
      return ['info', 'watches the canary'];
    case 'ended':
      return ['info', 'watches no canary any more'];
    case 'canary': {
      const { kind } = event.event;
      return [kind === 'failed' || kind === 'rolled-back' ? 'warn' : 'info', canaryInWords(event.event)];
    }
    case 'list-unreadable':
      return ['warn', `the release list cannot be read: ${event.why}`];
    case 'leads':
      return ['info', 'leads'];
    case 'released':
      return ['info', 'leads no more'];
    case 'follows':
      return ['info', `waits while ${event.holder} leads`];
    case 'lost':
      return ['warn', `leads no more: ${event.why}`];
    case 'lease-unreachable':
      return ['warn', `the leader's Lease cannot be read or written: ${event.why}`];
  }
}
