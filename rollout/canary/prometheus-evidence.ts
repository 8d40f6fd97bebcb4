import type { Tally } from '../../contracts/canary';
import { reasonOf } from '../../contracts/reason';
import { canaryQueries, CLOCK, SCRAPE_SECONDS } from '../../monitoring/queries/canary';
import type { Both, EvidenceReader, NoEvidence, Question, Reading, Scores } from './evidence';

type Labels = Readonly<Record<string, string>>;

export interface Series {
  readonly labels: Labels;
  /** Seconds since 1970, and the value. */
  readonly samples: readonly (readonly [number, number])[];
}

/** Prometheus, or what answers like it. */
export interface MetricSource {
  query(expression: string): Promise<readonly { readonly labels: Labels; readonly value: number }[]>;
  /** Evaluates an expression that gives raw samples. */
  range(expression: string): Promise<readonly Series[]>;
}

/** Evidence from the gateway's and the model servers' counters. */
export function prometheusEvidence(source: MetricSource): EvidenceReader {
  return {
    read: async (question) => {
      try {
        const seconds = (await source.query(CLOCK))[0]?.value;
        if (seconds === undefined || !Number.isFinite(seconds))
          return { kind: 'none', reason: 'no-answer', why: 'Prometheus does not say its time' };
        return await readAt(source, question, seconds);
      } catch (error) {
        return { kind: 'none', reason: 'no-answer', why: reasonOf(error) };
      }
    },
  };
}

async function readAt(source: MetricSource, question: Question, seconds: number): Promise<Reading> {
  const { model, candidate, champion, since } = question;
  const at = new Date(seconds * 1000);
  const from = since.getTime() / 1000;
  // What hangs, or was not scraped from every pod yet, is missing from the newest interval.
  const to = seconds - SCRAPE_SECONDS;
  const nothing = (why: string): NoEvidence => ({ kind: 'none', reason: 'no-data', why, at });
  if (to - from < SCRAPE_SECONDS) return nothing('the weights have been in force for less than two scrapes');
  const { ranges, instants } = canaryQueries(model, [candidate, champion], seconds - from);
  const window = (series: readonly Series[]) => series.map((each) => within(each, from, to));
  const [failed, all, fast, scores, scored, decided, reference] = await Promise.all([
    source.range(ranges.failed).then(window),
    source.range(ranges.all).then(window),
    source.range(ranges.fast).then(window),
    source.range(ranges.scores).then(window),
    source.range(ranges.scored).then(window),
    source.range(ranges.decided).then(window),
    source.query(instants.reference),
  ]);
  const lacking = [candidate, champion].find(
    (version) => !all.some(({ labels, samples }) => labels.version === version && samples.length > 1),
  );
  if (lacking !== undefined)
    return nothing(`the gateway has not counted version ${lacking} twice since then`);
  const newest = Math.max(...all.flatMap(({ samples }) => samples.map(([time]) => time)));
  const tally = (version: string, events: (version: string) => number): Tally => ({
    requests: total(all, { version }),
    events: events(version),
  });
  const both = (events: (version: string) => number): Both => ({
    candidate: tally(candidate, events),
    champion: tally(champion, events),
  });
  const scoresOf = (version: string): Scores => {
    const bins = [...new Set(reference.map(({ labels }) => labels.bin ?? ''))].filter((bin) =>
      reference.some(({ labels }) => labels.version === version && labels.bin === bin),
    );
    const rows = bins.map((bin) => total(scores, { version, bin }));
    return {
      bins: rows,
      unplaced: Math.max(0, total(scored, { version }) - rows.reduce((sum, each) => sum + each, 0)),
      reference: bins.map(
        (bin) => reference.find(({ labels }) => labels.version === version && labels.bin === bin)?.value ?? 0,
      ),
    };
  };
  const hasBoth = (series: readonly { readonly labels: Labels }[]) =>
    [candidate, champion].every((version) => series.some(({ labels }) => labels.version === version));
  const decisionsOf = (version: string): Tally => ({
    requests: total(decided, { version }),
    events: total(decided, { version, decision: 'positive' }),
  });
  return {
    kind: 'evidence',
    at,
    newest: new Date(newest * 1000),
    live: {
      errors: both((version) => total(failed, { version })),
      slow: both((version) => total(all, { version }) - total(fast, { version })),
    },
    ...(hasBoth(decided)
      ? { decisions: { candidate: decisionsOf(candidate), champion: decisionsOf(champion) } }
      : {}),
    ...(hasBoth(reference)
      ? { scores: { candidate: scoresOf(candidate), champion: scoresOf(champion) } }
      : {}),
  };
}

function within({ labels, samples }: Series, from: number, to: number): Series {
  return { labels, samples: samples.filter(([time]) => time >= from && time <= to) };
}

/** By how much the counters with these labels grew, all pods together. */
function total(series: readonly Series[], labels: Labels): number {
  return series
    .filter((each) => Object.entries(labels).every(([name, value]) => each.labels[name] === value))
    .reduce((sum, { samples }) => sum + growth(samples), 0);
}

/** Exact, unlike `increase()`. A counter that falls has started again from 0. */
function growth(samples: Series['samples']): number {
  return samples.reduce((sum, [, value], index) => {
    const before = samples[index - 1]?.[1] ?? value;
    return sum + (value < before ? value : value - before);
  }, 0);
}
