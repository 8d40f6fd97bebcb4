import { promisify } from 'node:util';
import * as zlib from 'node:zlib';

import { RequestError, reasonText } from '../errors';
import { tooLarge } from '../protocol/refusals';
import type { Coding } from './content-coding';

const gunzip = promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.gunzip);
const inflateZlib = promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.inflate);
const inflateRaw = promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.inflateRaw);

/** One body at a time: a kilobyte may become a thousand. */
let last: Promise<unknown> = Promise.resolve();

/**
 * Inflates a body.
 *
 * @param maxBytes Of the result.
 * @throws {RequestError} 413 `body-too-large`, 400 `body-invalid`.
 */
export function inflate(body: Buffer, coding: Coding, maxBytes: number): Promise<Buffer> {
  const result = last.then(() => inflateNow(body, coding, maxBytes));
  last = result.catch(() => undefined);
  return result;
}

async function inflateNow(body: Buffer, coding: Coding, maxBytes: number): Promise<Buffer> {
  try {
    return await functionOf(body, coding)(body, { maxOutputLength: maxBytes });
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE')
      throw tooLarge(`${body.byteLength} bytes that inflate to more`, maxBytes);
    throw new RequestError(400, 'body-invalid', {
      what: `the request body is not ${coding}, as its content-encoding says`,
      got: reasonText(error),
      expected: `a body compressed with ${coding}`,
      fix: 'Compress the body, or leave the header out.',
    });
  }
}

/** `deflate` means the zlib format, but some clients send the bare stream. */
function functionOf(body: Buffer, coding: Coding): typeof gunzip {
  if (coding === 'gzip') return gunzip;
  const method = (body[0] ?? 0) & 0x0f;
  return method === 8 && body.byteLength > 1 && body.readUInt16BE(0) % 31 === 0 ? inflateZlib : inflateRaw;
}
