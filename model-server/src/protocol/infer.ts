import { RequestError, reasonText } from '../errors';
import type { Metrics } from '../metrics';
import type { Model } from '../model/model';
import { inferAnswer } from './answers';
import { parseInferRequest } from './infer-request';

/**
 * Answers one inference request, independent of the transport that carried it.
 *
 * @param requestId Stands in where the body has no `id`.
 * @throws {RequestError} 4xx for what the caller can correct, 500 `model-failed` for what only the model's owner can.
 */
export async function infer(
  model: Model,
  metrics: Metrics,
  maxRows: number,
  body: unknown,
  requestId: string,
) {
  const request = parseInferRequest(body, model.metadata, maxRows);
  metrics.batchRows.observe(request.rows);
  const stop = metrics.inferenceDuration.startTimer();
  const outputs = await model
    .run(request.values, request.rows, request.outputs)
    .catch((error: unknown): never => {
      throw new RequestError(
        500,
        'model-failed',
        {
          what: 'the model could not score this request',
          got: reasonText(error),
          expected: 'finite outputs',
          fix: `Tell the model's owner, with request id ${requestId}.`,
        },
        { cause: error },
      );
    });
  stop();
  return inferAnswer(model, request.id ?? requestId, request.rows, outputs);
}
