import { Server, ServerCredentials, logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';

import { HeldBytes } from '../http/held-bytes';
import type { Log } from '../http/inference';
import type { Drainable } from '../lifecycle';
import type { Settings } from '../settings';
import type { Tracer } from '../tracing/tracer';
import { accounting, handler } from './calls';
import { Health, WATCH } from './health';
import { SERVICE, serviceMethods } from './service';
import type { ServiceContext } from './service';

export type GrpcSettings = Pick<
  Settings,
  'maxBodyBytes' | 'maxHeldBytes' | 'maxRows' | 'requestTimeoutSeconds' | 'keepAliveSeconds'
>;

export interface GrpcContext extends ServiceContext {
  /** undefined if tracing is off. */
  readonly tracer?: Tracer | undefined;
  readonly settings: GrpcSettings;
  /** Shared with HTTP. */
  readonly held?: HeldBytes;
}

export interface GrpcServer extends Drainable {
  /** @param port 0 lets the system choose. @returns The port. */
  listen(host: string, port: number): Promise<number>;
}

/** Concurrent calls per connection; the client holds back the rest. */
const CALLS_PER_CONNECTION = 256;

/** Milliseconds that an idle peer has to answer a ping before its connection is closed. */
const PING_MILLISECONDS = 20_000;

/** The Open Inference Protocol over gRPC, without TLS, like HTTP. */
export function createGrpcServer(context: GrpcContext, log: Log): GrpcServer {
  const { settings, metrics, model, tracer } = context;
  const { held = new HeldBytes(settings.maxHeldBytes, metrics.heldBytes) } = context;
  // It prints the error that it also throws, and standard error is not our log.
  setLogVerbosity(logVerbosity.NONE);
  const calls = { metrics, log, version: model.version, tracer };
  const health = new Health(context.lifecycle, [SERVICE]);
  const methods = [...serviceMethods(context, settings.maxRows), health.check];
  const server = new Server({
    interceptors: [accounting(methods, calls, settings.requestTimeoutSeconds, held)],
    'grpc.max_receive_message_length': settings.maxBodyBytes,
    // The size of an answer is bounded by the rows of its request.
    'grpc.max_send_message_length': -1,
    'grpc.max_concurrent_streams': CALLS_PER_CONNECTION,
    'grpc.max_connection_idle_ms': settings.keepAliveSeconds * 1000,
    'grpc.keepalive_time_ms': settings.keepAliveSeconds * 1000,
    'grpc.keepalive_timeout_ms': PING_MILLISECONDS,
    'grpc.enable_channelz': 0,
  });
  const definition: ServiceDefinition = Object.fromEntries(
    methods.map(({ name, path }) => [name, bytesMethod(path)]),
  );
  server.addService(
    definition,
    Object.fromEntries(methods.map((method) => [method.name, handler(method, calls)])),
  );
  server.addService({ Watch: { ...bytesMethod(WATCH), responseStream: true } }, { Watch: health.watch });
  let cut = (): void => undefined;
  return {
    listen: (host, port) =>
      new Promise((resolve, reject) => {
        const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
        server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) => {
          if (error === null) resolve(bound);
          else reject(error);
        });
      }),
    // Sends GOAWAY to every client and waits for calls in flight.
    close: () =>
      new Promise<void>((resolve, reject) => {
        cut = resolve;
        health.close();
        server.tryShutdown((error) => {
          if (error === undefined) resolve();
          else reject(error);
        });
      }),
    closeAllConnections() {
      server.forceShutdown();
      // Node waits for the peer to close too; the exit must not.
      cut();
    },
  };
}

/** Messages are decoded in our code, not by the library, so that we can report errors. */
function bytesMethod(path: string): MethodDefinition<Buffer, Buffer> {
  const same = (bytes: Buffer): Buffer => bytes;
  return {
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  };
}
