import { columnsOf } from '../model/metadata';
import type { TensorSpec } from '../model/metadata';
import type { Model } from '../model/model';
import type { Output } from '../model/runner';
import { modelMetadata, serverMetadata } from '../protocol/answers';
import { writeBinary } from '../tensors/binary';
import { writeContents } from './tensor-contents';
import { WireWriter } from '../protobuf/wire-writer';

/** `ServerLiveResponse`, `ServerReadyResponse` and `ModelReadyResponse` share one layout. */
export function writeFlag(value: boolean): Buffer {
  return new WireWriter().bool(1, value).finish();
}

/** A `ServerMetadataResponse`. */
export function writeServerMetadata(): Buffer {
  const { name, version, extensions } = serverMetadata();
  return new WireWriter().text(1, name).text(2, version).texts(3, extensions).finish();
}

/** A `ModelMetadataResponse`. */
export function writeModelMetadata(model: Model): Buffer {
  const { name, versions, platform, inputs, outputs } = modelMetadata(model);
  const writer = new WireWriter().text(1, name).texts(2, versions).text(3, platform);
  for (const input of inputs) writer.bytes(4, describe(input, input.shape).finish());
  for (const output of outputs) writer.bytes(5, describe(output, output.shape).finish());
  return writer.finish();
}

/** Encodes the `ModelInferResponse`s of one model; the constant part is encoded once. */
export class InferResponses {
  private readonly head: Buffer;

  constructor({ metadata, version }: Model) {
    this.head = new WireWriter().text(1, metadata.name).text(2, version).finish();
  }

  /** @param raw Whether values go into `raw_output_contents` rather than the outputs themselves. */
  write(id: string, rows: number, results: readonly Output[], raw: boolean): Buffer {
    const writer = new WireWriter().text(3, id);
    for (const { spec, values } of results) {
      const output = describe(spec, spec.shape.length === 1 ? [rows] : [rows, columnsOf(spec)]);
      if (!raw) output.bytes(5, writeContents(values, spec.datatype));
      writer.bytes(5, output.finish());
    }
    if (raw) for (const { values } of results) writer.bytes(6, writeBinary(values));
    return Buffer.concat([this.head, writer.finish()]);
  }
}

/** `TensorMetadata`, which is also how an `InferOutputTensor` begins. */
function describe(
  { name, datatype }: Pick<TensorSpec, 'name' | 'datatype'>,
  shape: readonly number[],
): WireWriter {
  return new WireWriter().text(1, name).text(2, datatype).integers(3, shape);
}
