/** All but the alert that always fires. */
export function unexpected<Labels extends Readonly<Record<string, string>>>(
  all: readonly Labels[],
): Labels[] {
  return all.filter(({ alertname }) => alertname !== 'Watchdog');
}
