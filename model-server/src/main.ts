import { constants } from 'node:os';
import type { AddressInfo } from 'node:net';

import type { FastifyBaseLogger } from 'fastify';

import packageJson from '../package.json' with { type: 'json' };
import { StartError, reasonText } from './errors';
import { limitGarbage } from './garbage';
import type { GrpcContext, GrpcServer } from './grpc/server';
import { createApp } from './http/app';
import { HeldBytes } from './http/held-bytes';
import { Lifecycle, drain, together } from './lifecycle';
import { createLog } from './log';
import { Decisions } from './metrics/decisions';
import { Drift } from './metrics/drift';
import { collectProcessMetrics, createMetrics, showDataEnd } from './metrics/metrics';
import type { Metrics } from './metrics/metrics';
import { openModel } from './model/model';
import type { Model, RunOptions } from './model/model';
import { readPackage } from './model/package';
import { createPredictionLog } from './predictions/create-prediction-log';
import { predictionLogUrl, readSettings } from './settings';
import type { Settings } from './settings';
import { startTracing } from './tracing/tracer';
import type { TracedServer } from './tracing/tracer';

async function serve(settings: Settings, log: FastifyBaseLogger): Promise<void> {
  // Until there is something to drain: as PID 1, Node ignores signals without a handler.
  let stop = exitAtOnce;
  process.on('SIGTERM', (signal) => {
    stop(signal);
  });
  process.on('SIGINT', (signal) => {
    stop(signal);
  });

  const lifecycle = new Lifecycle();
  const modelPackage = await readPackage(settings.modelDir);
  const metrics = createMetrics(modelPackage.metadata.name, settings.modelVersion);
  collectProcessMetrics(metrics);
  const model = await openModel(modelPackage, settings.modelVersion, runOptions(settings, metrics));
  metrics.scorer.set(model.scorer);
  const { dataEnd } = modelPackage;
  if ('seconds' in dataEnd) showDataEnd(metrics, dataEnd.seconds);
  else log.warn({ reason: dataEnd.unknown }, 'the age of the training data is unknown');
  const tracer = await startTracing(process.env, tracedServer(model), log);
  const predictionLog = createPredictionLog(settings, model, metrics.predictionLog, log);
  const drift = new Drift(metrics.registry, model.reference, model.metadata.inputs);
  const decisions = new Decisions(metrics.registry, model.metadata.threshold);
  const observers = [drift, decisions, ...(predictionLog === undefined ? [] : [predictionLog])];
  const held = new HeldBytes(settings.maxHeldBytes, metrics.heldBytes);
  const context = { model, metrics, observers, lifecycle, settings, tracer, held };
  const app = createApp(context, log);
  const grpc = await createGrpc(context, settings, log);

  stop = (signal) => {
    if (lifecycle.phase === 'draining') {
      log.warn({ signal }, 'second signal: exit at once');
      exitAtOnce(signal);
    }
    log.info({ signal, drainSeconds: settings.drainSeconds }, 'draining');
    const http = {
      close: () => app.close(),
      closeAllConnections: () => {
        app.server.closeAllConnections();
      },
    };
    drain(lifecycle, together(grpc === undefined ? [http] : [http, grpc]), settings).then(
      async (finished) => {
        if (finished) log.info('drained');
        else log.warn({ finishSeconds: settings.finishSeconds }, 'connections cut: requests did not finish');
        await predictionLog?.close(settings.predictionLogCloseSeconds);
        await tracer?.shutdown();
        process.exit(0);
      },
      (error: unknown) => {
        fail(log, error);
      },
    );
  };

  const { host } = settings;
  await listening('PORT', host, settings.port, (port) =>
    app.listen({ host, port, listenTextResolver: () => 'listening' }),
  );
  const grpcPort =
    grpc && (await listening('GRPC_PORT', host, settings.grpcPort ?? 0, (port) => grpc.listen(host, port)));
  lifecycle.ready();
  const { port } = app.server.address() as AddressInfo;
  const { version, scorer, notCompiled, provenAt } = model;
  log.info(
    {
      model: model.metadata.name,
      version,
      scorer,
      notCompiled,
      provenAt,
      host,
      port,
      grpcPort,
      milliseconds: uptime(),
    },
    'ready',
  );
  limitGarbage();
  predictionLog?.start();
}

/** The command that creates the tables of the prediction log, run as their owner. */
async function migratePredictions(log: FastifyBaseLogger): Promise<void> {
  const url = predictionLogUrl(process.env);
  if (url === undefined)
    throw new StartError('setting-invalid', {
      what: 'the tables of the prediction log cannot be set up',
      got: 'no PREDICTION_LOG_URL',
      expected: 'postgres://owner@host:port/database',
      fix: 'Set PREDICTION_LOG_URL, and PGPASSWORD where the owner has a password.',
    });
  const { migratePredictionLog } = await import('./predictions/migrate-command');
  await migratePredictionLog(url);
  log.info('prediction log: tables are up to date');
}

/** undefined if no port is set; no gRPC code is loaded then. */
async function createGrpc(
  context: GrpcContext,
  { grpcPort }: Settings,
  log: FastifyBaseLogger,
): Promise<GrpcServer | undefined> {
  if (grpcPort === undefined) return undefined;
  const { createGrpcServer } = await import('./grpc/server');
  return createGrpcServer(context, log);
}

function runOptions(settings: Settings, { batchRequests, batchWaiting }: Metrics): RunOptions {
  const onRun = (requests: number, waiting: number) => {
    batchRequests.observe(requests);
    batchWaiting.set(waiting);
  };
  return {
    runtime: settings.runtime,
    batching: { maxRows: settings.batchMaxRows, maxWaitMilliseconds: settings.batchWaitMilliseconds, onRun },
  };
}

function tracedServer({ metadata, version }: Model): TracedServer {
  return { model: metadata.name, version, serverVersion: packageJson.version };
}

function exitAtOnce(signal: NodeJS.Signals): void {
  process.exit(128 + constants.signals[signal]);
}

/** @throws {StartError} `cannot-listen` */
async function listening<Result>(
  setting: string,
  host: string,
  port: number,
  listen: (port: number) => Promise<Result>,
): Promise<Result> {
  try {
    return await listen(port);
  } catch (error) {
    throw new StartError(
      'cannot-listen',
      {
        what: 'the server cannot listen',
        got: reasonText(error),
        expected: `address ${host} of this machine and its port ${port} free`,
        fix: `Set HOST and ${setting}, or stop what holds the port.`,
      },
      { cause: error },
    );
  }
}

/** Milliseconds since the process started. */
function uptime(): number {
  return Math.round(performance.now());
}

function fail(log: FastifyBaseLogger, error: unknown): never {
  if (error instanceof StartError) log.fatal({ reason: error.reason, ...error.complaint }, error.message);
  else log.fatal({ err: error }, 'uncaught error');
  process.exit(1);
}

let log = createLog('info');
process.on('uncaughtException', (error) => fail(log, error));
process.on('unhandledRejection', (error) => fail(log, error));
try {
  if (process.argv[2] === 'migrate-predictions') await migratePredictions(log);
  else {
    const settings = readSettings(process.env);
    log = createLog(settings.logLevel);
    await serve(settings, log);
  }
} catch (error) {
  fail(log, error);
}
