import packageJson from '../../package.json';
import type { TensorSpec } from '../model/metadata';
import type { Model } from '../model/model';
import type { Output } from '../model/session';

/** `GET /v2` */
export function serverMetadata() {
  return { name: 'mlops-model-server', version: packageJson.version, extensions: [] };
}

/** `GET /v2/models/{model}` */
export function modelMetadata({ metadata, version }: Model) {
  return {
    name: metadata.name,
    versions: [version],
    platform: 'onnxruntime_onnx',
    inputs: [describe(metadata.input)],
    outputs: metadata.outputs.map(describe),
  };
}

/** The answer of `POST …/infer`; data is flat, row by row. */
export function inferAnswer({ metadata, version }: Model, id: string, rows: number, outputs: Output[]) {
  return {
    model_name: metadata.name,
    model_version: version,
    id,
    outputs: outputs.map(({ spec, values }) => ({
      name: spec.name,
      datatype: spec.datatype,
      shape: [rows, spec.shape[1]],
      data: Array.from(values),
    })),
  };
}

function describe({ name, datatype, shape }: TensorSpec) {
  return { name, datatype, shape };
}
