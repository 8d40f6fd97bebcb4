import { COLUMNS } from './report';
import type { Results } from './record';

const PANELS = ['req/s, 1 row', 'p99 ms at 500/s', 'rows/s, batch 1024', 'rows/s, batch 1024 binary'];
const WIDTH = 800;
const LABELS = 260;
const BARS = 420;
const LINE = 22;
const TITLE = 30;
const OURS = '#0b7285';
const OTHERS = '#adb5bd';
const INK = '#212529';

/** Bars of the figures that matter most, ours in colour. The scale is linear and starts at nought. */
export function chart({ servers }: Pick<Results, 'servers'>): string {
  let y = 0;
  const panels = PANELS.flatMap((title) => {
    const column = COLUMNS.find((each) => each.title === title);
    const bars = Object.entries(servers).flatMap(([id, server]) => {
      const value = column?.value(server) ?? null;
      return value === null ? [] : [{ name: server.title, value, colour: id === 'own' ? OURS : OTHERS }];
    });
    const largest = Math.max(...bars.map(({ value }) => value));
    const better = column?.better === 'less' ? 'less is better' : 'more is better';
    y += TITLE;
    const heading = text(12, y, `${title} (${better})`, 'font-weight="bold"');
    const drawn = bars.map(({ name, value, colour }) => {
      y += LINE;
      const length = Math.max(1, Math.round((value / largest) * BARS));
      return [
        text(LABELS - 8, y, name, 'text-anchor="end"'),
        `<rect x="${LABELS}" y="${y - 12}" width="${length}" height="15" fill="${colour}"/>`,
        text(LABELS + length + 6, y, value.toLocaleString('en')),
      ].join('');
    });
    return [heading, ...drawn];
  });
  const height = y + 16;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="13" role="img">
<title>Figures of every server in docs/results/model-server.json</title>
<rect width="100%" height="100%" fill="#ffffff"/>
${panels.join('\n')}
</svg>
`;
}

function text(x: number, y: number, content: string, attributes = ''): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x}" y="${y}" fill="${INK}" ${attributes}>${escaped}</text>`;
}
