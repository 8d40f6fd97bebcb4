import type { Link, Trace } from '../trace/trace';

export function describeTrace({
  id,
  prediction,
  pod,
  image,
  run,
  dataset,
  commit,
  build,
  contradictions,
}: Trace): string {
  const lines: readonly (readonly [string, string])[] = [
    ['at', told(prediction, ({ at }) => at)],
    [
      'answer',
      told(
        prediction,
        ({ score, threshold, decision }) =>
          `score ${String(score)}, threshold ${String(threshold)}, decision ${String(decision)}`,
      ),
    ],
    ['model', told(prediction, ({ model, version }) => `${model} version ${version}`)],
    ['pod', told(pod, ({ name, address }) => `${name} at ${address}`)],
    ['image', told(image, (each) => `${each.image} (${each.source})`)],
    ['MLflow run', told(run, ({ runId, createdAt }) => `${runId}, registered ${createdAt}`)],
    ['dataset', told(dataset, ({ digest }) => digest)],
    ['commit', told(commit, (each) => each.commit)],
    ['build', told(build, ({ url }) => url)],
  ];
  return [
    `prediction ${prediction.state === 'known' ? prediction.predictionId : id}`,
    ...lines.map(([name, text]) => `  ${name.padEnd(11)} ${text}`),
    ...contradictions.map((text) => `  WARNING     ${text}`),
  ].join('\n');
}

function told<T>(link: Link<T>, words: (known: T) => string): string {
  return link.state === 'known' ? words(link) : `missing: ${link.reason}`;
}
