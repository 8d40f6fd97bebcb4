import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { StartError, reasonText } from '../errors';
import { dataEndOf } from './lineage';
import type { DataEnd } from './lineage';
import { parseMetadata } from './metadata';
import type { FileSpec, ModelMetadata } from './metadata';
import { parseReference } from './reference';
import type { Reference } from './reference';

/** A packaged model whose files match its metadata. */
export interface ModelPackage {
  readonly metadata: ModelMetadata;
  readonly reference: Reference;
  readonly dataEnd: DataEnd;
  /** The bytes of the ONNX file that were verified. */
  readonly onnx: Buffer;
  /** Rows and ONNX Runtime's scores of them, to compare compiled trees with; older packages have none. */
  readonly proof: Buffer | undefined;
}

/**
 * Reads a packaged model and verifies the size and digest of every file.
 *
 * @param folder Holds `model.json` and the files that it lists.
 * @throws {StartError} `metadata-missing`, `file-missing`, `size-mismatch`, `digest-mismatch`, and what
 *   {@link parseMetadata} and {@link parseReference} throw.
 */
export async function readPackage(folder: string): Promise<ModelPackage> {
  const metadata = parseMetadata(await readMetadata(folder));
  const contents = await Promise.all(metadata.files.map((spec) => readVerified(folder, spec)));
  const find = (file: string) => contents[metadata.files.findIndex(({ name }) => name === file)];
  const contentOf = (file: string): Buffer => {
    const content = find(file);
    if (content === undefined) throw new TypeError(`metadata without ${file} passed its check`);
    return content;
  };
  const reference = parseReference(contentOf('reference.json').toString('utf8'), metadata);
  const dataEnd = dataEndOf(contentOf('lineage.json').toString('utf8'));
  return { metadata, reference, dataEnd, onnx: contentOf('model.onnx'), proof: find('proof.f32') };
}

async function readMetadata(folder: string): Promise<string> {
  const path = join(folder, 'model.json');
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new StartError(
      'metadata-missing',
      {
        what: `${path} cannot be read`,
        got: reasonText(error),
        expected: 'a packaged model',
        fix: 'Point MODEL_DIR at the folder of a packaged model; the bare base image has none.',
      },
      { cause: error },
    );
  }
}

async function readVerified(folder: string, { name, bytes, sha256 }: FileSpec): Promise<Buffer> {
  const fix =
    'The package is damaged or was changed after packaging: deploy the version again or retrain it.';
  const content = await readFile(join(folder, name)).catch((error: unknown) => {
    throw new StartError(
      'file-missing',
      {
        what: `${name} cannot be read`,
        got: reasonText(error),
        expected: 'every file that model.json lists',
        fix,
      },
      { cause: error },
    );
  });
  if (content.byteLength !== bytes) {
    throw new StartError('size-mismatch', {
      what: `${name} does not have the size that model.json states`,
      got: `${content.byteLength} bytes`,
      expected: `${bytes} bytes`,
      fix,
    });
  }
  const digest = createHash('sha256').update(content).digest('hex');
  if (digest !== sha256) {
    throw new StartError('digest-mismatch', {
      what: `${name} does not have the SHA-256 digest that model.json states`,
      got: digest,
      expected: sha256,
      fix,
    });
  }
  return content;
}
