import { RequestError } from '../errors';
import type { InputSpec } from '../model/metadata';
import { readEnvelope } from '../protocol/infer-request';
import type { DescribedInput, Envelope } from '../protocol/infer-request';
import { InferReader } from '../protocol/read-infer';
import { score } from '../protocol/score';
import type { Scoring } from '../protocol/score';
import { requireServed } from '../protocol/refusals';
import type { TensorValues } from '../tensors/datatype';
import { InferResponses } from './answers';
import type { Reply } from './calls';
import { readInferMessage } from './infer-message';
import { narrow, readContents } from './tensor-contents';

/** Answers `ModelInfer`. */
export class GrpcInference {
  private readonly reader: InferReader;
  private readonly responses: InferResponses;

  constructor(
    private readonly scoring: Scoring,
    private readonly maxRows: number,
  ) {
    this.reader = new InferReader(scoring.model.metadata, maxRows);
    this.responses = new InferResponses(scoring.model);
  }

  /**
   * @param request A `ModelInferRequest`.
   * @param requestId The prediction id; also the answer's id if the request has none.
   * @returns A `ModelInferResponse`, with raw outputs where the inputs were raw.
   * @throws {RequestError} As over HTTP.
   * @throws {WireError} if the bytes are not such a message.
   */
  async answer(request: Buffer, requestId: string): Promise<Reply> {
    const { model } = this.scoring;
    const message = readInferMessage(request, model.metadata);
    requireServed(model, message.model, message.version);
    const envelope = readEnvelope(message.body, model.metadata, this.maxRows);
    const { id = requestId, rows } = envelope;
    const raw = message.raw.length > 0;
    const values = raw ? this.readRaw(envelope, message.raw) : this.readTyped(envelope);
    const inputs = model.metadata.inputs.map((spec) => values.get(spec) ?? []);
    const outputs = envelope.outputs.map(({ spec }) => spec);
    const results = await score(this.scoring, requestId, inputs, rows, outputs);
    return { bytes: this.responses.write(id, rows, results, raw), rows };
  }

  private readRaw({ inputs, rows }: Envelope, raw: readonly Buffer[]): Map<InputSpec, TensorValues> {
    if (raw.length !== inputs.length)
      throw new RequestError(400, 'data-invalid', {
        what: 'raw_input_contents',
        got: `${raw.length} elements`,
        expected: `${inputs.length}, one per input`,
        fix: 'Send the values of all inputs raw, in the order of the inputs, or of none.',
      });
    return valuesOf(inputs, (input, index) =>
      this.reader.fromBytes(raw[index] ?? Buffer.alloc(0), input, rows),
    );
  }

  private readTyped({ inputs, rows }: Envelope): Map<InputSpec, TensorValues> {
    return valuesOf(inputs, (input) => {
      const contents = (input.data as Buffer | undefined) ?? Buffer.alloc(0);
      // Check before narrowing, which would wrap a number that is out of range.
      return narrow(this.reader.checked(readContents(contents, input, rows), input.spec), input.spec);
    });
  }
}

function valuesOf(
  inputs: readonly DescribedInput[],
  read: (input: DescribedInput, index: number) => TensorValues,
): Map<InputSpec, TensorValues> {
  return new Map(inputs.map((input, index) => [input.spec, read(input, index)]));
}
