import type { Lifecycle } from '../lifecycle';
import { requireServed } from '../protocol/refusals';
import type { Scoring } from '../protocol/score';
import { writeFlag, writeModelMetadata, writeServerMetadata } from './answers';
import type { Method } from './calls';
import { GrpcInference } from './inference';
import { WireReader } from '../protobuf/wire-reader';

export interface ServiceContext extends Scoring {
  readonly lifecycle: Lifecycle;
}

/** The full name of the service in `open-inference.proto`. */
export const SERVICE = 'inference.GRPCInferenceService';

/** The methods of the service. */
export function serviceMethods(context: ServiceContext, maxRows: number): readonly Method[] {
  const { model, lifecycle } = context;
  const inference = new GrpcInference(context, maxRows);
  const isReady = (): Buffer => writeFlag(lifecycle.phase === 'ready');
  const ofModel =
    (answer: () => Buffer) =>
    (request: Buffer): Buffer => {
      const { name, version } = readModelName(request);
      requireServed(model, name, version);
      return answer();
    };
  return [
    plain('ServerLive', () => writeFlag(true)),
    plain('ServerReady', isReady),
    plain('ModelReady', ofModel(isReady)),
    plain('ServerMetadata', writeServerMetadata),
    plain(
      'ModelMetadata',
      ofModel(() => writeModelMetadata(model)),
    ),
    {
      ...named('ModelInfer'),
      predicts: true,
      answer: (request, requestId) => inference.answer(request, requestId),
    },
  ];
}

function named(name: string): Pick<Method, 'name' | 'path'> {
  return { name, path: `/${SERVICE}/${name}` };
}

function plain(name: string, answer: (request: Buffer) => Buffer): Method {
  return { ...named(name), predicts: false, answer: (request) => ({ bytes: answer(request), rows: 0 }) };
}

/** `ModelReadyRequest` and `ModelMetadataRequest` share one layout. @throws {WireError} */
function readModelName(request: Buffer): { readonly name: string; readonly version: string | undefined } {
  let name = '';
  let version = '';
  const reader = new WireReader(request);
  while (reader.next()) {
    if (reader.number === 1) name = reader.text();
    else if (reader.number === 2) version = reader.text();
  }
  return { name, version: version === '' ? undefined : version };
}
