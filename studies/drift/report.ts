/** What the simulation prints per number of rows in a window. */
export interface WindowResult {
  readonly rows_per_window: number;
  readonly without_change: Readonly<Record<string, FalseAlarms>>;
  readonly changes: Readonly<Record<string, Readonly<Record<string, Detection>>>>;
}

interface FalseAlarms {
  readonly quarters: number;
  readonly per_90d: number;
  readonly quarters_with_alarm: number;
  readonly share_bounds: readonly [number, number];
}

interface Detection {
  readonly changes: number;
  readonly missed: number;
  readonly missed_bounds: readonly [number, number];
  readonly delay_days_median: number | null;
  readonly delay_days_p90: number | null;
}

const RULES = ['rule', 'fixed 0.1', 'fixed 0.2'] as const;

/** The figures as Markdown. */
export function report(
  windows: readonly WindowResult[],
  { command, date, commit, machine }: Readonly<Record<'command' | 'date' | 'commit' | 'machine', string>>,
  paths: number,
): string {
  const changes = Object.keys(windows[0]?.changes ?? {});
  const sections = [
    `# The alert on drift, simulated

Measured by \`${command}\` on ${date} at commit ${commit.slice(0, 10)}: ${machine}.

Transactions of the card fraud generator from ${paths} seed${paths === 1 ? '' : 's'}, four models on each, 16 series per model, looked at every hour.
Fewer rows than the generator makes are drawn at random from it, eight times per model: those draws share what the generator
did, so that the bounds (95 %, Clopper and Pearson) hold for the draw, not for other seeds.`,
    table(
      'False alarms in 90 days without change, over all series',
      windows,
      ({ without_change: found }, rule) =>
        `${found[rule]?.per_90d ?? '–'} (${bounds(found[rule]?.share_bounds)} of ${found[rule]?.quarters ?? 0} quarters with one)`,
    ),
    ...changes.map((change) =>
      table(`Days to the alarm: ${change}`, windows, ({ changes: found }, rule) =>
        delay(found[change]?.[rule]),
      ),
    ),
    'A fixed level that fires all the time "finds" every change at once: read the delay beside the false alarms.\n',
  ];
  return sections.join('\n\n');
}

function table(
  title: string,
  windows: readonly WindowResult[],
  cell: (window: WindowResult, rule: string) => string,
): string {
  const head = `| rows a window | ${RULES.join(' | ')} |\n|---|---|---|---|`;
  const rows = windows.map(
    (window) =>
      `| ${window.rows_per_window.toLocaleString('en')} | ${RULES.map((rule) => cell(window, rule)).join(' | ')} |`,
  );
  return `## ${title}\n\n${head}\n${rows.join('\n')}`;
}

function delay(found: Detection | undefined): string {
  if (found === undefined) return '–';
  const missed = `missed ${found.missed} of ${found.changes} (${bounds(found.missed_bounds)})`;
  if (found.delay_days_median === null) return missed;
  return `${found.delay_days_median}, p90 ${found.delay_days_p90 ?? '–'}; ${missed}`;
}

function bounds(ends: readonly [number, number] | undefined): string {
  return ends === undefined ? '–' : `${Math.round(ends[0] * 100)}–${Math.round(ends[1] * 100)} %`;
}
