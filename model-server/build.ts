import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';
import type { Plugin } from 'esbuild';

const HERE = new URL('./', import.meta.url);

/** What src/openapi/assets.ts serves of Swagger UI, and its licence. */
const PAGE_FILES = ['swagger-ui-bundle.js', 'swagger-ui.css', 'LICENSE', 'NOTICE'];

/** Where the bundle goes unless told otherwise. */
export const BUNDLE = fileURLToPath(new URL('dist/main.mjs', HERE));

/**
 * Bundles the server into one file and, in `chunks/` beside it, the parts that are loaded only where a setting asks for
 * them. Only ONNX Runtime stays outside: it is a native library, so the image needs `node_modules/onnxruntime-node` and
 * `node_modules/onnxruntime-common` beside it, and nothing else.
 *
 * Command: `npx tsx model-server/build.ts [file.mjs [metafile.json]]`, then `node model-server/dist/main.mjs`.
 *
 * @param metafile Where to write which files went into which part, if anywhere.
 */
export async function bundle(outfile = BUNDLE, metafile?: string): Promise<void> {
  // Their names change with what is in them: those of earlier bundles would stay.
  await rm(join(dirname(outfile), 'chunks'), { recursive: true, force: true });
  const result = await build({
    entryPoints: { [basename(outfile, '.mjs')]: fileURLToPath(new URL('src/main.ts', HERE)) },
    outdir: dirname(outfile),
    outExtension: { '.js': '.mjs' },
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    // Names stay, for stack traces; the rest would be 6 MB more of memory.
    minifyWhitespace: true,
    minifySyntax: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // grpc-js asks for proto-loader only to report on itself, which is off: it need not be there.
    external: ['onnxruntime-node', '@grpc/proto-loader'],
    legalComments: 'linked',
    plugins: [builtins, unusedParts],
    logLevel: 'warning',
    metafile: true,
    // CommonJS packages inside the bundle call require() for Node's own modules, which ES modules do not have.
    banner: {
      js: "import { createRequire as nodeRequire } from 'node:module'; const require = nodeRequire(import.meta.url);",
    },
  });
  await copyPage(join(dirname(outfile), 'swagger-ui'));
  if (metafile !== undefined) await writeFile(metafile, JSON.stringify(result.metafile));
}

/**
 * Node's own modules by require(): an import reads every export of one, and those of node:http load the whole of undici,
 * for WebSocket, 30 ms of each start. Those that Fastify asks for and never uses here would be loaded when used.
 */
const builtins: Plugin = {
  name: 'builtins',
  setup: (build) => {
    build.onResolve({ filter: /^node:(?:https|http2)$/ }, ({ path, importer }) =>
      importer.includes('node_modules/fastify/') ? { path, namespace: 'builtin-when-used' } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'builtin-when-used' }, ({ path }) => ({
      contents: `module.exports = new Proxy({}, { get: (_, name) => require(${JSON.stringify(path)})[name] });`,
    }));
    build.onResolve({ filter: /^node:/ }, ({ path, kind }) =>
      kind === 'import-statement' ? { path, namespace: 'builtin' } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};

/** Parts of prom-client that never run here; one loads node:https. */
const unusedParts: Plugin = {
  name: 'unused-parts',
  setup: (build) => {
    build.onLoad({ filter: /prom-client.lib.(?:pushgateway|cluster)\.js$/ }, () => ({ contents: '' }));
  },
};

async function copyPage(folder: string): Promise<void> {
  const source = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  await mkdir(folder, { recursive: true });
  for (const name of PAGE_FILES) await copyFile(join(source, name), join(folder, name));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle(process.argv[2], process.argv[3]);
