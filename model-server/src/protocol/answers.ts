import packageJson from '../../package.json' with { type: 'json' };
import { columnsOf } from '../model/metadata';
import type { TensorSpec } from '../model/metadata';
import type { Model } from '../model/model';
import type { Output } from '../model/runner';
import { writeBinary } from '../tensors/binary';
import type { TensorValues } from '../tensors/datatype';
import type { RequestedOutput } from './infer-request';

/** Extensions of the protocol, by the names that clients look for. */
const EXTENSIONS = ['binary_tensor_data'];

/** `GET /v2` */
export function serverMetadata() {
  return { name: 'mlops-model-server', version: packageJson.version, extensions: EXTENSIONS };
}

/** `GET /v2/models/{model}` */
export function modelMetadata({ metadata, version }: Model) {
  return {
    name: metadata.name,
    versions: [version],
    platform: 'onnxruntime_onnx',
    inputs: metadata.inputs.map(describe),
    outputs: metadata.outputs.map(describe),
  };
}

/** The response of `POST …/infer`. */
export interface InferAnswer {
  readonly rows: number;
  /** JSON, or JSON followed by binary tensors. */
  readonly body: string | Buffer;
  /** Length of the JSON if binary tensors follow. */
  readonly jsonLength: number | undefined;
}

/** Writes the answers of one model; the constant part is written once. */
export class InferWriter {
  private readonly head: string;

  constructor({ metadata, version }: Model) {
    this.head = `{"model_name":${JSON.stringify(metadata.name)},"model_version":${JSON.stringify(version)},"id":`;
  }

  /** @param results In the order of `outputs`; data is flat, row by row. */
  write(
    id: string,
    rows: number,
    outputs: readonly RequestedOutput[],
    results: readonly Output[],
  ): InferAnswer {
    const tails: Buffer[] = [];
    let json = `${this.head}${JSON.stringify(id)},"outputs":[`;
    for (const [index, { spec, values }] of results.entries()) {
      if (index > 0) json += ',';
      json += `{"name":${JSON.stringify(spec.name)},"datatype":"${spec.datatype}","shape":[${shapeText(spec, rows)}],`;
      if (outputs[index]?.binary === true) {
        const bytes = writeBinary(values);
        tails.push(bytes);
        json += `"parameters":{"binary_data_size":${bytes.byteLength}}}`;
      } else json += `"data":[${dataText(spec, values)}]}`;
    }
    json += ']}';
    if (tails.length === 0) return { rows, body: json, jsonLength: undefined };
    const head = Buffer.from(json);
    return { rows, body: Buffer.concat([head, ...tails]), jsonLength: head.byteLength };
  }
}

function shapeText(spec: TensorSpec, rows: number): string {
  return spec.shape.length === 1 ? String(rows) : `${rows},${columnsOf(spec)}`;
}

function dataText({ datatype }: TensorSpec, values: TensorValues): string {
  if (Array.isArray(values)) return values.map((text) => JSON.stringify(text)).join(',');
  if (datatype === 'BOOL') return Array.from(values as Uint8Array, (value) => value !== 0).join(',');
  return values.length === 1 ? String(values[0]) : values.join(',');
}

function describe({ name, datatype, shape }: TensorSpec) {
  return { name, datatype, shape };
}
