import type { Evaluated } from './evaluate';
import type { Firing } from './firing';
import type { AmountFault } from './history/counts';
import { DAY, END, FIRST, HOUR, LAST_DAY } from './history/plan';
import type { ErrorFault } from './history/requests';

/** The last days of the history are played again with faults: a study that cannot fail shows nothing. */
export const CONTROL_DAYS = 10;
const FAULT_DAY = LAST_DAY - 8;

/** Those who send features add a tenth to `amount`. */
export const AMOUNT_FAULT: AmountFault = { day: FAULT_DAY, factor: 1.1 };
/** Two of a hundred requests fail for three hours. */
export const ERROR_FAULT: ErrorFault = {
  from: END - 2 * DAY + 12 * HOUR,
  to: END - 2 * DAY + 15 * HOUR,
  share: 0.02,
};

/** What must fire, and within what time. */
const EXPECTED: readonly {
  readonly fault: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly from: number;
  readonly to: number;
}[] = [
  {
    fault: 'amount 10 % higher',
    labels: { alertname: 'FeatureDrift', feature: 'amount' },
    from: FIRST + FAULT_DAY * DAY,
    to: END,
  },
  {
    fault: '2 % of requests fail for 3 hours',
    labels: { alertname: 'ErrorBudgetBurn', severity: 'page' },
    from: ERROR_FAULT.from,
    to: ERROR_FAULT.to + HOUR,
  },
];

export interface Seen {
  readonly fault: string;
  /** Seconds from the fault to the alert; undefined if it never fired. */
  readonly delay: number | undefined;
}

/** How soon each fault raised its alert. */
export function seenIn(evaluated: readonly Evaluated[]): readonly Seen[] {
  const firings = evaluated.flatMap((each) => each.firings);
  return EXPECTED.map(({ fault, labels, from, to }) => {
    const first = firings
      .filter((firing) => matches(firing, labels) && firing.from >= from && firing.from <= to)
      .map((firing) => firing.from)
      .toSorted((a, b) => a - b)[0];
    return { fault, delay: first === undefined ? undefined : first - from };
  });
}

function matches({ labels }: Firing, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([label, value]) => labels[label] === value);
}
