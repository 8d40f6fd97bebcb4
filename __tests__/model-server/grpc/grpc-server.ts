import { createGrpcServer } from '../../../model-server/src/grpc/server';
import type { GrpcServer } from '../../../model-server/src/grpc/server';
import { Lifecycle } from '../../../model-server/src/lifecycle';
import { createLog } from '../../../model-server/src/log';
import { createMetrics } from '../../../model-server/src/metrics/metrics';
import type { Metrics } from '../../../model-server/src/metrics/metrics';
import { loadModel } from '../../../model-server/src/model/model';
import type { Observer } from '../../../model-server/src/protocol/scored-batch';
import { readSettings } from '../../../model-server/src/settings';
import type { TestServerOptions } from '../../../model-server/testing/app';
import { writePackage } from '../../../model-server/testing/package';
import { GrpcClient } from './grpc-client';

/** A gRPC server in this process, on a free port of 127.0.0.1, and a client of it. */
export interface TestGrpcServer {
  readonly client: GrpcClient;
  readonly server: GrpcServer;
  readonly port: number;
  readonly lifecycle: Lifecycle;
  readonly metrics: Metrics;
  /** Every log line so far, parsed. */
  readonly log: Record<string, unknown>[];
  stop(): void;
}

export interface TestGrpcServerOptions extends TestServerOptions {
  readonly observers?: readonly Observer[];
}

export async function startGrpcServer({
  changes = {},
  env = {},
  wrap = (model) => model,
  observers = [],
}: TestGrpcServerOptions = {}): Promise<TestGrpcServer> {
  const settings = readSettings({ MODEL_VERSION: '3', ...env });
  const model = wrap(await loadModel(await writePackage(changes), settings.modelVersion));
  const metrics = createMetrics(model.metadata.name, model.version);
  const lifecycle = new Lifecycle();
  const log: Record<string, unknown>[] = [];
  const stream = { write: (line: string) => log.push(JSON.parse(line) as Record<string, unknown>) };
  const context = { model, metrics, observers, lifecycle, settings };
  const server = createGrpcServer(context, createLog('debug', stream));
  const port = await server.listen('127.0.0.1', 0);
  lifecycle.ready();
  const client = new GrpcClient(port);
  return {
    client,
    server,
    port,
    lifecycle,
    metrics,
    log,
    stop() {
      client.close();
      server.closeAllConnections();
    },
  };
}
