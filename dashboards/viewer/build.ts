import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

import { build, type Metafile, type Plugin } from 'esbuild';

const HERE = fileURLToPath(new URL('./', import.meta.url));
const PACKAGES = join(HERE, 'node_modules');

/** Limit for what a browser loads before the first dashboard, uncompressed. */
const FIRST_LOAD_BYTES = 2.5e6;

/** Editors and maps that @grafana/ui imports but a viewer never runs. */
const STUBBED = ['monaco-editor', '@monaco-editor/react', 'ol'];

const stub: Plugin = {
  name: 'stub',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[^./]/ }, ({ path }) =>
      STUBBED.some((name) => path === name || path.startsWith(`${name}/`))
        ? { path, namespace: 'stub' }
        : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'stub' }, () => ({
      contents:
        'module.exports = new Proxy(function () {}, { get: (target, name) => name === "__esModule" ? false : target[name] ?? module.exports })',
    }));
  },
};

/**
 * Bundles the page into `<folder>/page` and the server into `<folder>/server.mjs`, and fails if the page is too big.
 *
 * Command: `node build.ts [folder [metafile.json]]`
 */
async function bundle(folder: string, metafile?: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  const page = join(folder, 'page');
  const [browser] = await Promise.all([
    build({
      absWorkingDir: HERE,
      entryPoints: { app: 'page/main.tsx' },
      outdir: join(page, 'assets'),
      entryNames: '[name]-[hash]',
      chunkNames: '[hash]',
      bundle: true,
      splitting: true,
      format: 'esm',
      target: 'es2022',
      minify: true,
      jsx: 'automatic',
      legalComments: 'linked',
      logLevel: 'warning',
      metafile: true,
      define: { 'process.env.NODE_ENV': '"production"', 'process.env': '{}', global: 'globalThis' },
      // 42 kB instead of 715 kB of time zones.
      alias: {
        'moment-timezone': join(
          PACKAGES,
          'moment-timezone/builds/moment-timezone-with-data-10-year-range.js',
        ),
      },
      plugins: [stub],
    }),
    build({
      absWorkingDir: HERE,
      entryPoints: ['server/main.ts'],
      outfile: join(folder, 'server.mjs'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      logLevel: 'warning',
    }),
  ]);
  const { outputs } = browser.metafile;
  writeFileSync(join(page, 'index.html'), indexHtml(page, outputs));
  copyFonts(page);
  const bytes = firstLoad(outputs);
  console.log(`first load: ${(bytes / 1e6).toFixed(2)} MB of ${FIRST_LOAD_BYTES / 1e6} MB`);
  if (bytes > FIRST_LOAD_BYTES)
    throw new Error(
      `The first load has ${bytes} bytes, more than ${FIRST_LOAD_BYTES}: stub or split what is new.`,
    );
  copyLicenses(join(folder, 'licenses'), Object.keys(browser.metafile.inputs));
  for (const file of Object.keys(outputs)) compress(join(HERE, file));
  if (metafile !== undefined) writeFileSync(metafile, JSON.stringify(browser.metafile));
}

type Outputs = Metafile['outputs'];

function entryOf(outputs: Outputs): [string, Outputs[string]] {
  const found = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint === 'page/main.tsx');
  if (found === undefined) throw new Error('esbuild made no entry of page/main.tsx');
  return found;
}

/** Bytes of the entry, its styles, and everything they import statically. */
function firstLoad(outputs: Outputs): number {
  const [entry, { cssBundle }] = entryOf(outputs);
  const loaded = new Set<string>(cssBundle === undefined ? [] : [cssBundle]);
  const visit = (file: string) => {
    if (loaded.has(file)) return;
    loaded.add(file);
    for (const { path, kind } of outputs[file].imports) if (kind === 'import-statement') visit(path);
  };
  visit(entry);
  return [...loaded].reduce((sum, file) => sum + outputs[file].bytes, 0);
}

function indexHtml(page: string, outputs: Outputs): string {
  const [entry, { cssBundle = '' }] = entryOf(outputs);
  const address = (file: string) => relative(page, join(HERE, file));
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<base href="/">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${address(cssBundle)}">
<title>Dashboards</title>
<div id="root"></div>
<div id="grafana-portal-container"></div>
<script type="module" src="${address(entry)}"></script>
</html>
`;
}

/** @grafana/ui requests its icons and fonts by these names. */
function copyFonts(page: string): void {
  const copy = (from: string, to: string) => {
    mkdirSync(dirname(join(page, to)), { recursive: true });
    cpSync(join(PACKAGES, from), join(page, to), { recursive: true });
  };
  const icons = 'public/build/img/icons';
  copy('@grafana/ui/dist/public/img/icons', icons);
  // The time picker's "back": 104 of 314 icons are in no package. This one is ours.
  writeFileSync(
    join(page, icons, 'unicons/angle-double-left.svg'),
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path d="M12 6l-6 6 6 6M18 6l-6 6 6 6" fill="none" stroke="currentColor" stroke-width="2"/></svg>',
  );
  copy('@fontsource/inter/files/inter-latin-400-normal.woff2', 'public/fonts/inter/Inter-Regular.woff2');
  copy('@fontsource/inter/files/inter-latin-500-normal.woff2', 'public/fonts/inter/Inter-Medium.woff2');
  copy(
    '@fontsource/roboto-mono/files/roboto-mono-latin-400-normal.woff2',
    'public/fonts/roboto/L0xTDF4xlVMF-BfR8bXMIhJHg45mwgGEFl0_3vrtSM1J-gEPT5Ese6hmHSh0mQ.woff2',
  );
}

/** The licence of every package with a file in the page. */
function copyLicenses(folder: string, inputs: string[]): void {
  mkdirSync(folder, { recursive: true });
  const packages = inputs.flatMap(
    (input) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? [],
  );
  for (const path of new Set([
    ...packages,
    'node_modules/@fontsource/inter',
    'node_modules/@fontsource/roboto-mono',
  ])) {
    const name = path.replace(/^.*node_modules\//, '');
    for (const file of readdirSync(join(HERE, path)))
      if (/^(licen[cs]e|notice|copying)/i.test(file))
        cpSync(join(HERE, path, file), join(folder, name.replace('/', '+'), file), { recursive: true });
  }
}

function compress(file: string): void {
  if (!/\.(js|css)$/.test(file) || statSync(file).size < 1024) return;
  writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: 9 }));
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await bundle(process.argv[2] ?? join(HERE, 'dist'), process.argv[3]);
