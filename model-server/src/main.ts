import { constants } from 'node:os';
import type { AddressInfo } from 'node:net';

import type { FastifyBaseLogger, FastifyInstance } from 'fastify';

import packageJson from '../package.json';
import { StartError, reasonText } from './errors';
import { createApp } from './http/app';
import { Lifecycle, drain } from './lifecycle';
import { createLog } from './log';
import { Drift } from './metrics/drift';
import { collectProcessMetrics, createMetrics } from './metrics/metrics';
import type { Metrics } from './metrics/metrics';
import { openModel } from './model/model';
import type { Model, RunOptions } from './model/model';
import { readPackage } from './model/package';
import { readSettings } from './settings';
import type { Settings } from './settings';
import { startTracing } from './tracing/tracer';
import type { TracedServer } from './tracing/tracer';

async function serve(settings: Settings, log: FastifyBaseLogger): Promise<void> {
  // Until there is something to drain. As process 1 of a container, Node ignores signals nobody listens for.
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
  const tracer = await startTracing(process.env, tracedServer(model), log);
  const observers = [new Drift(metrics.registry, model.reference, model.metadata.inputs)];
  const app = createApp({ model, metrics, observers, lifecycle, settings, tracer }, log);

  stop = (signal) => {
    if (lifecycle.phase === 'draining') {
      log.warn({ signal }, 'second signal: exit at once');
      exitAtOnce(signal);
    }
    log.info({ signal, drainSeconds: settings.drainSeconds }, 'draining');
    const server = {
      close: () => app.close(),
      closeAllConnections: () => {
        app.server.closeAllConnections();
      },
    };
    drain(lifecycle, server, settings).then(
      async (finished) => {
        if (finished) log.info('drained');
        else log.warn({ finishSeconds: settings.finishSeconds }, 'connections cut: requests did not finish');
        await tracer?.shutdown();
        process.exit(0);
      },
      (error: unknown) => {
        fail(log, error);
      },
    );
  };

  await listen(app, settings);
  lifecycle.ready();
  const { port } = app.server.address() as AddressInfo;
  log.info(
    { model: model.metadata.name, version: model.version, host: settings.host, port, milliseconds: uptime() },
    'ready',
  );
}

function runOptions(settings: Settings, { batchRequests, batchWaiting }: Metrics): RunOptions {
  const onRun = (requests: number, waiting: number) => {
    batchRequests.observe(requests);
    batchWaiting.set(waiting);
  };
  return {
    batching: { maxRows: settings.batchMaxRows, maxWaitMilliseconds: settings.batchWaitMilliseconds, onRun },
  };
}

function tracedServer({ metadata, version }: Model): TracedServer {
  return { model: metadata.name, version, serverVersion: packageJson.version };
}

function exitAtOnce(signal: NodeJS.Signals): void {
  process.exit(128 + constants.signals[signal]);
}

async function listen(app: FastifyInstance, { host, port }: Settings): Promise<void> {
  try {
    await app.listen({ host, port, listenTextResolver: () => 'listening' });
  } catch (error) {
    throw new StartError(
      'cannot-listen',
      {
        what: 'the server cannot listen',
        got: reasonText(error),
        expected: `address ${host} of this machine and its port ${port} free`,
        fix: 'Set HOST and PORT, or stop what holds the port.',
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
  const settings = readSettings(process.env);
  log = createLog(settings.logLevel);
  await serve(settings, log);
} catch (error) {
  fail(log, error);
}
