import { edgeRows } from '../../src/model/trees/parity';
import { compiled, reference } from './ensembles';

const ROWS = 256;

/** What the pipeline packages as `proof.f32`: rows, then ONNX Runtime's scores of them. */
export async function proofOf(onnx: Buffer, columns: number, rows = ROWS): Promise<Buffer> {
  const values = edgeRows(compiled(onnx, columns).ensemble, rows);
  const scores = await (await reference(onnx, columns))(values, rows);
  return Buffer.from(Float32Array.from([...values, ...Array.from(scores)]).buffer);
}
