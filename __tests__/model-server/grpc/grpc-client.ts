import { fileURLToPath } from 'node:url';

import { Client, Metadata, credentials, loadPackageDefinition, status } from '@grpc/grpc-js';
import type {
  ClientUnaryCall,
  MethodDefinition,
  ServiceClientConstructor,
  ServiceError,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const PROTO = fileURLToPath(new URL('../../../model-server/src/grpc/open-inference.proto', import.meta.url));
// Reads and writes messages by the .proto file alone, as any client does; 64-bit numbers as texts.
const definition = loadPackageDefinition(
  loadSync(PROTO, { keepCase: true, longs: String, defaults: true }),
) as unknown as { readonly inference: { readonly GRPCInferenceService: ServiceClientConstructor } };

/** The methods of the service, with their codecs. */
export const METHODS = definition.inference.GRPCInferenceService.service as Readonly<
  Record<string, MethodDefinition<object, object>>
>;

export interface Answered<Message> {
  readonly message: Message;
  readonly metadata: Metadata;
}

/** A refusal; `metadata` is what came before it. */
export interface Refused {
  readonly code: string;
  readonly details: string;
  readonly metadata: Metadata;
}

export interface InferResponse {
  readonly model_name: string;
  readonly model_version: string;
  readonly id: string;
  readonly outputs: readonly {
    readonly name: string;
    readonly datatype: string;
    readonly shape: readonly string[];
    readonly contents: Readonly<Record<string, readonly unknown[]>> | null;
  }[];
  readonly raw_output_contents: readonly Buffer[];
}

/** A client made from `open-inference.proto`. */
export class GrpcClient {
  private readonly client: Client;
  private readonly underWay = new Set<ClientUnaryCall>();

  constructor(port: number) {
    this.client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
      // Tests share a process; a connection of one must not be used by another.
      'grpc.use_local_subchannel_pool': 1,
    });
  }

  /** @throws {ServiceError} with the status of a refusal. */
  call<Message>(
    method: string,
    request: object = {},
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answered<Message>> {
    return this.send<Message>(method, (found) => found.requestSerialize(request), headers);
  }

  infer(request: object, headers: Readonly<Record<string, string>> = {}): Promise<Answered<InferResponse>> {
    return this.call<InferResponse>('ModelInfer', request, headers);
  }

  /** Sends bytes that need not be a message. */
  callBytes(method: string, bytes: Buffer): Promise<Answered<object>> {
    return this.send<object>(method, () => bytes, {});
  }

  /** The status of a call that must not succeed. */
  async refused(
    method: string,
    request: object = {},
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Refused> {
    return refusalOf(this.call(method, request, headers));
  }

  /** Cancels what is under way, which would keep its connection open. */
  close(): void {
    for (const call of this.underWay) call.cancel();
    this.client.close();
  }

  private send<Message>(
    method: string,
    serialize: (found: MethodDefinition<object, object>) => Buffer,
    headers: Readonly<Record<string, string>>,
  ): Promise<Answered<Message>> {
    const found = METHODS[method];
    if (found === undefined) throw new Error(`open-inference.proto has no ${method}`);
    const metadata = new Metadata();
    for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
    return new Promise((resolve, reject) => {
      let received = new Metadata();
      const call: ClientUnaryCall = this.client.makeUnaryRequest(
        found.path,
        () => serialize(found),
        found.responseDeserialize,
        {},
        metadata,
        (error, message) => {
          this.underWay.delete(call);
          if (error === null) resolve({ message: message as Message, metadata: received });
          else reject(Object.assign(error, { received }));
        },
      );
      this.underWay.add(call);
      call.on('metadata', (first: Metadata) => {
        received = first;
      });
    });
  }
}

export async function refusalOf(call: Promise<unknown>): Promise<Refused> {
  try {
    await call;
  } catch (error) {
    const { code, details, received } = error as ServiceError & { readonly received: Metadata };
    return { code: status[code], details, metadata: received };
  }
  throw new Error('the call was answered');
}

/** Calls without a pause, over a connection per client, until `stopped`. */
export async function grpcLoad(
  port: number,
  clients: number,
  stopped: AbortSignal,
): Promise<{ readonly answered: number; readonly failed: readonly string[] }> {
  let answered = 0;
  const failed: string[] = [];
  const callAgain = async (): Promise<void> => {
    const client = new GrpcClient(port);
    while (!stopped.aborted)
      try {
        await client.infer(tinyRequest());
        answered++;
      } catch (error) {
        failed.push(String(error));
      }
    client.close();
  };
  await Promise.all(Array.from({ length: clients }, callAgain));
  return { answered, failed };
}

/** A request for one row of the tiny model, typed; changes replace parts of its only input. */
export function tinyRequest(changes: object = {}, request: object = {}): object {
  const input = {
    name: 'features',
    datatype: 'FP32',
    shape: [1, 4],
    contents: { fp32_contents: [120, 3, 1, NaN] },
    ...changes,
  };
  return { model_name: 'tiny', inputs: [input], ...request };
}

/** The same request with raw values. */
export function rawRequest(changes: object = {}, request: object = {}): object {
  const raw = Buffer.from(Float32Array.of(120, 3, 1, NaN).buffer);
  return tinyRequest({ contents: null, ...changes }, { raw_input_contents: [raw], ...request });
}
