import { setTimeout as sleep } from 'node:timers/promises';

import {
  DiagLogLevel,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  defaultTextMapGetter,
  diag,
} from '@opentelemetry/api';
import type { Attributes, Span } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { FastifyBaseLogger } from 'fastify';

import { reasonText } from '../errors';
import type { RequestReason } from '../errors';
import type { RequestSpan, TracedRequest, TracedServer, Tracer } from './tracer';

/** `service.name` unless OTEL_SERVICE_NAME or OTEL_RESOURCE_ATTRIBUTES say otherwise. */
const SERVICE = 'mlops-model-server';

/** How long shutdown waits for a collector that does not answer. */
const FLUSH_SECONDS = 3;

/** Spans by the OpenTelemetry SDK, sent in batches as OTLP over HTTP. The SDK reads its own environment variables. */
export function startOpenTelemetry(server: TracedServer, log: Pick<FastifyBaseLogger, 'warn'>): Tracer {
  forwardDiagnostics(log);
  const exporter = new OTLPTraceExporter();
  const provider = new BasicTracerProvider({
    resource: resourceOf(server),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer(SERVICE, server.serverVersion);
  const propagator = new W3CTraceContextPropagator();
  const { model, version } = server;
  return {
    start({ headers, method, route, requestId }: TracedRequest): RequestSpan {
      // Names follow the semantic conventions for HTTP servers; `mlops.*` if they have none.
      const attributes: Attributes = {
        'http.request.method': method,
        'http.route': route,
        'mlops.model.name': model,
        'mlops.model.version': version,
        'mlops.request.id': requestId,
      };
      const parent = propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
      return wrap(tracer.startSpan(`${method} ${route}`, { kind: SpanKind.SERVER, attributes }, parent));
    },
    async shutdown() {
      const flushed = provider.shutdown().catch((error: unknown) => {
        log.warn({ err: error }, `tracing: ${reasonText(error)}`);
      });
      await Promise.race([flushed, sleep(FLUSH_SECONDS * 1000, undefined, { ref: false })]);
    },
  };
}

function resourceOf({ serverVersion }: TracedServer) {
  const own = resourceFromAttributes({ 'service.name': SERVICE, 'service.version': serverVersion });
  const detected = detectResources({ detectors: [serviceInstanceIdDetector, envDetector] });
  return defaultResource().merge(own).merge(detected);
}

function wrap(span: Span): RequestSpan {
  return {
    traceId: span.spanContext().traceId,
    rows(rows) {
      span.setAttribute('mlops.request.rows', rows);
    },
    end(statusCode: number, reason?: RequestReason) {
      span.setAttribute('http.response.status_code', statusCode);
      if (reason !== undefined) span.setAttribute('mlops.request.reason', reason);
      // By the conventions, a 4xx is an error of the client's span, not the server's.
      if (statusCode >= 500) {
        span.setAttribute('error.type', reason ?? String(statusCode));
        span.setStatus({ code: SpanStatusCode.ERROR });
      }
      span.end();
    },
  };
}

/** The SDK reports unreachable collectors and dropped spans only to a logger that it is given. */
function forwardDiagnostics(log: Pick<FastifyBaseLogger, 'warn'>): void {
  const warn = (message: string): void => {
    log.warn(`tracing: ${message}`);
  };
  const ignore = (): void => undefined;
  diag.setLogger(
    { error: warn, warn, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}
