/** What was seen at one moment. */
export interface ReplicaSample {
  /** Since the first one. */
  readonly seconds: number;
  readonly requestsPerSecond: number;
  /** Pods that the autoscaler wants. */
  readonly wanted: number;
  /** Pods that are ready. */
  readonly ready: number;
}

const WIDTH = 800;
const LEFT = 60;
const RIGHT = 24;
const PODS = { top: 40, height: 160 };
const LOAD = { top: 246, height: 60 };
const HEIGHT = 350;
const READY = '#0b7285';
const WANTED = '#e8590c';
const SENT = '#adb5bd';
const INK = '#212529';
/** Between marks on the axis of time. */
const MARK_SECONDS = 60;

/** Steps of pods over time, above the requests a second. Both scales start at nought. */
export function replicasChart(samples: readonly ReplicaSample[]): string {
  const end = Math.max(1, ...samples.map(({ seconds }) => seconds));
  const mostPods = Math.max(1, ...samples.flatMap(({ wanted, ready }) => [wanted, ready]));
  const mostRequests = Math.max(1, ...samples.map(({ requestsPerSecond }) => requestsPerSecond));
  const x = (seconds: number) => LEFT + Math.round((seconds / end) * (WIDTH - LEFT - RIGHT));
  const steps = (
    { top, height }: { readonly top: number; readonly height: number },
    most: number,
    of: (sample: ReplicaSample) => number,
  ) => {
    const y = (value: number) => top + height - Math.round((value / most) * height);
    return samples
      .map(
        (sample, at) =>
          `${at === 0 ? 'M' : 'H'}${x(sample.seconds)}${at === 0 ? ` ${y(of(sample))}` : `V${y(of(sample))}`}`,
      )
      .join('');
  };
  const line = (path: string, colour: string, more = '') =>
    `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2" ${more}/>`;
  const grid = Array.from({ length: mostPods + 1 }, (_, pods) => {
    const y = PODS.top + PODS.height - Math.round((pods / mostPods) * PODS.height);
    return `<path d="M${LEFT} ${y}H${WIDTH - RIGHT}" stroke="#dee2e6"/>${text(LEFT - 8, y + 4, String(pods), 'text-anchor="end"')}`;
  });
  const bottom = LOAD.top + LOAD.height;
  const marks = Array.from({ length: Math.floor(end / MARK_SECONDS) + 1 }, (_, mark) =>
    text(x(mark * MARK_SECONDS), bottom + 18, `${mark * MARK_SECONDS} s`, 'text-anchor="middle"'),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="13" role="img">
<title>Pods of the version, and requests a second, of docs/results/delivery.json</title>
<rect width="100%" height="100%" fill="#ffffff"/>
${text(LEFT, 22, 'pods: ready', `font-weight="bold" fill="${READY}"`)}
${text(LEFT + 100, 22, 'wanted by the autoscaler (dashed)', `font-weight="bold" fill="${WANTED}"`)}
${grid.join('\n')}
${line(
  steps(PODS, mostPods, ({ wanted }) => wanted),
  WANTED,
  'stroke-dasharray="5 4"',
)}
${line(
  steps(PODS, mostPods, ({ ready }) => ready),
  READY,
)}
${text(LEFT, LOAD.top - 12, 'requests a second', 'font-weight="bold"')}
${text(LEFT - 8, LOAD.top + 8, String(mostRequests), 'text-anchor="end"')}
<path d="M${LEFT} ${bottom}H${WIDTH - RIGHT}" stroke="#dee2e6"/>
${line(
  steps(LOAD, mostRequests, ({ requestsPerSecond }) => requestsPerSecond),
  SENT,
)}
${marks.join('\n')}
</svg>
`;
}

function text(x: number, y: number, content: string, attributes: string): string {
  const colour = attributes.includes('fill=') ? '' : `fill="${INK}" `;
  return `<text x="${x}" y="${y}" ${colour}${attributes}>${content}</text>`;
}
