import type { MethodDefinition, ServerWritableStream, handleServerStreamingCall } from '@grpc/grpc-js';

import { RequestError, show } from '../errors';
import type { Lifecycle } from '../lifecycle';
import { WireReader } from '../protobuf/wire-reader';
import { WireWriter } from '../protobuf/wire-writer';
import type { Method } from './calls';

/** `ServingStatus` of grpc.health.v1. */
const STATUS = { serving: 1, notServing: 2, serviceUnknown: 3 } as const;

type Status = (typeof STATUS)[keyof typeof STATUS];
type Watcher = ServerWritableStream<Buffer, Buffer>;

const HEALTH = '/grpc.health.v1.Health';

/** The method that answers with one status after the other. */
export const WATCH: MethodDefinition<Buffer, Buffer>['path'] = `${HEALTH}/Watch`;

/**
 * The health service that load balancers and Kubernetes' gRPC probes ask: serving while the life cycle is ready. The
 * empty name stands for the server.
 */
export class Health {
  private readonly watchers = new Set<Watcher>();
  /** Those of services that this server does not have. */
  private readonly strangers = new Set<Watcher>();

  constructor(
    private readonly lifecycle: Lifecycle,
    private readonly services: readonly string[],
  ) {
    lifecycle.onChange(() => {
      for (const watcher of this.watchers) watcher.write(encode(this.status));
    });
  }

  /** `Check`. */
  readonly check: Method = {
    name: 'Check',
    path: `${HEALTH}/Check`,
    predicts: false,
    answer: (request) => {
      const service = nameIn(request);
      if (!this.knows(service))
        throw new RequestError(404, 'not-found', {
          what: 'this server does not have the service',
          got: show(service),
          expected: `"" for the server, or ${this.services.map(show).join(', ')}`,
          fix: 'Leave the service out.',
        });
      return { bytes: encode(this.status), rows: 0 };
    },
  };

  /** `Watch`: the status now and at every change, until the caller or the server ends. */
  readonly watch: handleServerStreamingCall<Buffer, Buffer> = (call) => {
    // As the health protocol has it: a service may come later.
    if (!this.knows(nameIn(call.request))) {
      call.write(encode(STATUS.serviceUnknown));
      this.keep(call, this.strangers);
      return;
    }
    call.write(encode(this.status));
    this.keep(call, this.watchers);
  };

  /** Ends what watches, which would keep the server from closing. */
  close(): void {
    for (const watcher of [...this.watchers, ...this.strangers]) watcher.end();
    this.watchers.clear();
    this.strangers.clear();
  }

  private keep(call: Watcher, watchers: Set<Watcher>): void {
    watchers.add(call);
    call.on('cancelled', () => watchers.delete(call));
  }

  private get status(): Status {
    return this.lifecycle.phase === 'ready' ? STATUS.serving : STATUS.notServing;
  }

  private knows(service: string): boolean {
    return service === '' || this.services.includes(service);
  }
}

/** The service that a `HealthCheckRequest` names. @throws {WireError} */
function nameIn(request: Buffer): string {
  let name = '';
  const reader = new WireReader(request);
  while (reader.next()) if (reader.number === 1) name = reader.text();
  return name;
}

/** A `HealthCheckResponse`. */
function encode(status: Status): Buffer {
  return new WireWriter().integer(1, status).finish();
}
