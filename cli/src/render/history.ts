import type { HistoryEntry } from '../../../contracts/release-list';
import { gateInWords } from '../../../rollout/canary/words';
import { table } from './table';

export function historyTable(entries: readonly HistoryEntry[]): string {
  return table(
    ['when', 'what', 'version', 'from', 'by', 'image', 'why'],
    entries.map((entry) => [
      entry.at,
      entry.action,
      entry.version,
      entry.from ?? '–',
      entry.by,
      entry.image,
      why(entry) || '–',
    ]),
  );
}

/** What was said of it, and the evidence of each gate. */
function why({ note, reason, evidence = [] }: HistoryEntry): string {
  const said = reason === undefined ? note : `${reason} (${note})`;
  return [said, ...evidence.map(gateInWords)].filter((part) => part !== '').join('; ');
}
