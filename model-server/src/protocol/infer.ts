import { InferWriter } from './answers';
import type { InferAnswer } from './answers';
import { InferReader } from './read-infer';
import { score } from './score';
import type { Scoring } from './score';

/** Answers the bodies of `POST …/infer`, whatever the transport. */
export class Inference {
  private readonly reader: InferReader;
  private readonly writer: InferWriter;

  constructor(
    private readonly scoring: Scoring,
    maxRows: number,
  ) {
    this.reader = new InferReader(scoring.model.metadata, maxRows);
    this.writer = new InferWriter(scoring.model);
  }

  /**
   * @param jsonLength Length of the JSON if binary tensors follow.
   * @param requestId The prediction id; also the answer's `id` if the body has none.
   * @throws {RequestError} 4xx for what the caller can fix, 500 `model-failed` for what only the model's owner can.
   */
  async answer(body: Buffer, jsonLength: number | undefined, requestId: string): Promise<InferAnswer> {
    const { id = requestId, rows, inputs, outputs } = await this.reader.read(body, jsonLength);
    const specs = outputs.map(({ spec }) => spec);
    return this.writer.write(id, rows, outputs, await score(this.scoring, requestId, inputs, rows, specs));
  }
}
