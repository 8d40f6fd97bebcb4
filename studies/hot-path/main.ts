/**
 * What the hot path costs, on this machine; prints, records nothing.
 *
 *     npx tsx studies/hot-path/main.ts observability    counting of one request, and a scrape
 *     npx tsx studies/hot-path/main.ts messages [FILE]  reading of gRPC requests, and of a model
 *     npx tsx studies/hot-path/main.ts trees FILE COLUMNS  compiled trees beside ONNX Runtime
 *
 * make_trees.py makes the FILE.
 */
const STUDIES: Readonly<Record<string, () => Promise<{ main: (...args: string[]) => Promise<void> }>>> = {
  observability: () => import('./observability'),
  messages: () => import('./messages'),
  trees: () => import('./trees'),
};

const [name = '', ...args] = process.argv.slice(2);
const study = STUDIES[name];
if (study === undefined) {
  console.error(`hot-path: got ${JSON.stringify(name)}, expected one of ${Object.keys(STUDIES).join(', ')}`);
  process.exitCode = 2;
} else {
  await (await study()).main(...args);
}

export {};
