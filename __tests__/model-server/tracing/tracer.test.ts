import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { StartError } from '../../../model-server/src/errors';
import { startTracing } from '../../../model-server/src/tracing/tracer';
import type { TracedRequest, Tracer } from '../../../model-server/src/tracing/tracer';
import { startReceiver } from './otlp-receiver';
import type { OtlpReceiver } from './otlp-receiver';
import { restoreEnv, stubEnv } from '../../support/env';
import { waitFor } from '../../support/wait-for';

const SERVER = { model: 'tiny', version: '3', serverVersion: '0.1.0' };
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';

let warnings: unknown[][];
const log = {
  warn: (...line: unknown[]) => {
    warnings.push(line);
  },
};

function request(headers: TracedRequest['headers'] = {}): TracedRequest {
  return { headers, method: 'POST', route: '/v2/models/:model/infer', requestId: 'request-1' };
}

beforeEach(() => {
  warnings = [];
});

afterEach(() => {
  restoreEnv();
});

/** As the process would start it: the variables are those of the environment. */
async function start(variables: Record<string, string>): Promise<Tracer | undefined> {
  stubEnv(variables);
  return startTracing(process.env, SERVER, log);
}

async function started(variables: Record<string, string>): Promise<Tracer> {
  const tracer = await start(variables);
  if (tracer === undefined) throw new Error('tracing is off');
  return tracer;
}

describe('tracing', () => {
  it.each<[string, Record<string, string>]>([
    ['nothing is set', {}],
    ['variables are empty', { OTEL_EXPORTER_OTLP_ENDPOINT: '', OTEL_TRACES_EXPORTER: '' }],
    [
      'the exporter is none',
      { OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' },
    ],
    ['the SDK is disabled', { OTEL_SDK_DISABLED: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' }],
  ])('is off when %s', async (_case, variables) => {
    expect(await start(variables)).toBeUndefined();
  });

  it.each<[string, Record<string, string>]>([
    ['an endpoint', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' }],
    ['an endpoint of traces', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://127.0.0.1:1/v1/traces' }],
    ['the exporter otlp', { OTEL_TRACES_EXPORTER: 'otlp' }],
  ])('is on with %s', async (_case, variables) => {
    const tracer = await started(variables);
    await tracer.shutdown();
    expect(tracer.start(request()).traceId).toMatch(/^[0-9a-f]{32}$/);
  });

  it.each<[string, Record<string, string>]>([
    ['another exporter', { OTEL_TRACES_EXPORTER: 'zipkin' }],
    ['an endpoint that is no address', { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }],
    ['an endpoint that is half an address', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://' }],
    [
      'a protocol that it does not speak',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4317', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
    ],
  ])('is refused with %s', async (_case, variables) => {
    const error: unknown = await start(variables).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StartError);
    expect((error as StartError).reason).toBe('setting-invalid');
  });

  it('names the variable that it refuses', async () => {
    await expect(
      start({ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }),
    ).rejects.toThrowErrorMatchingInlineSnapshot(
      `"environment variable OTEL_EXPORTER_OTLP_ENDPOINT cannot be used: got "collector:4318", expected an http or https address, such as http://collector:4318. Set OTEL_EXPORTER_OTLP_ENDPOINT in the container's environment, or OTEL_TRACES_EXPORTER=none for no traces."`,
    );
  });
});

describe('a span', () => {
  let receiver: OtlpReceiver;

  beforeEach(async () => {
    receiver = await startReceiver();
  });

  afterEach(() => receiver.close());

  /** Starts, uses and shuts down a tracer; what it sent is in the receiver. */
  async function trace(use: (tracer: Tracer) => void, variables: Record<string, string> = {}): Promise<void> {
    const tracer = await started({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, ...variables });
    use(tracer);
    await tracer.shutdown();
  }

  it('has route, model, version, rows and status', async () => {
    await trace((tracer) => {
      const span = tracer.start(request());
      span.rows(3);
      span.end(200);
    });
    expect(receiver.spans).toMatchObject([
      {
        name: 'POST /v2/models/:model/infer',
        kind: 2,
        statusCode: 0,
        attributes: {
          'http.request.method': 'POST',
          'http.route': '/v2/models/:model/infer',
          'http.response.status_code': 200,
          'mlops.model.name': 'tiny',
          'mlops.model.version': '3',
          'mlops.request.id': 'request-1',
          'mlops.request.rows': 3,
        },
      },
    ]);
  });

  it('is a child of the caller’s span', async () => {
    let traceId = '';
    await trace((tracer) => {
      const span = tracer.start(
        request({ traceparent: `00-${TRACE}-${PARENT}-01`, tracestate: 'vendor=x1' }),
      );
      ({ traceId } = span);
      span.end(200);
    });
    expect(traceId).toBe(TRACE);
    expect(receiver.spans).toMatchObject([{ traceId: TRACE, parentSpanId: PARENT, traceState: 'vendor=x1' }]);
  });

  it.each([
    ['none', {}],
    ['a malformed one', { traceparent: 'whatever' }],
    ['an all-zero one', { traceparent: `00-${'0'.repeat(32)}-${PARENT}-01` }],
    ['two at once', { traceparent: `00-${TRACE}-${PARENT}-01, 00-${TRACE}-${PARENT}-01` }],
  ])('begins a new trace after %s', async (_case, headers) => {
    await trace((tracer) => {
      tracer.start(request(headers)).end(200);
    });
    expect(receiver.spans).toHaveLength(1);
    expect(receiver.spans[0]?.parentSpanId).toBe('');
    expect(receiver.spans[0]?.traceId).not.toBe(TRACE);
  });

  it('that the caller does not sample is not sent but has the trace id', async () => {
    let traceId = '';
    await trace((tracer) => {
      const span = tracer.start(request({ traceparent: `00-${TRACE}-${PARENT}-00` }));
      ({ traceId } = span);
      span.rows(1);
      span.end(200);
    });
    expect(traceId).toBe(TRACE);
    expect(receiver.spans).toEqual([]);
  });

  it('has the reported trace id', async () => {
    let traceId = '';
    await trace((tracer) => {
      const span = tracer.start(request());
      ({ traceId } = span);
      span.end(200);
    });
    expect(receiver.spans.map((span) => span.traceId)).toEqual([traceId]);
  });

  it('is no error for a refused request, but says why', async () => {
    await trace((tracer) => {
      tracer.start(request()).end(400, 'value-invalid');
    });
    expect(receiver.spans).toMatchObject([
      {
        statusCode: 0,
        attributes: { 'http.response.status_code': 400, 'mlops.request.reason': 'value-invalid' },
      },
    ]);
    expect(receiver.spans[0]?.attributes).not.toHaveProperty('error.type');
  });

  it('is an error when the server failed', async () => {
    await trace((tracer) => {
      tracer.start(request()).end(500, 'model-failed');
    });
    expect(receiver.spans).toMatchObject([
      { statusCode: 2, attributes: { 'http.response.status_code': 500, 'error.type': 'model-failed' } },
    ]);
  });

  it('is sent, like all that ended before the shutdown', async () => {
    await trace((tracer) => {
      for (let i = 0; i < 1500; i++) tracer.start(request()).end(200);
    });
    expect(new Set(receiver.spans.map(({ spanId }) => spanId)).size).toBe(1500);
  });

  it('goes to the OTLP path over HTTP, with headers from the environment', async () => {
    await trace(
      (tracer) => {
        tracer.start(request()).end(200);
      },
      { OTEL_EXPORTER_OTLP_HEADERS: 'api-key=abc' },
    );
    expect(receiver.requests).toMatchObject([
      { path: '/v1/traces', headers: { 'content-type': 'application/x-protobuf', 'api-key': 'abc' } },
    ]);
  });

  it('belongs to the service', async () => {
    await trace((tracer) => {
      tracer.start(request()).end(200);
    });
    expect(receiver.resource).toMatchObject({
      'service.name': 'mlops-model-server',
      'service.version': '0.1.0',
    });
    expect(receiver.resource).toHaveProperty(['service.instance.id']);
  });

  it('belongs to the service that the environment names', async () => {
    await trace(
      (tracer) => {
        tracer.start(request()).end(200);
      },
      { OTEL_SERVICE_NAME: 'fraud', OTEL_RESOURCE_ATTRIBUTES: 'k8s.pod.name=pod-1' },
    );
    expect(receiver.resource).toMatchObject({ 'service.name': 'fraud', 'k8s.pod.name': 'pod-1' });
  });

  it('is sampled as the environment says', async () => {
    await trace(
      (tracer) => {
        tracer.start(request()).end(200);
      },
      { OTEL_TRACES_SAMPLER: 'always_off' },
    );
    expect(receiver.requests).toEqual([]);
  });
});

describe('a collector that cannot be used', () => {
  it('that refuses spans is logged, and shutdown completes', async () => {
    const receiver = await startReceiver(400);
    const tracer = await started({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint });
    tracer.start(request()).end(200);
    await tracer.shutdown();
    await receiver.close();
    expect(JSON.stringify(warnings)).toContain('tracing: ');
  });

  it('that is not there is logged, and shutdown completes', async () => {
    const receiver = await startReceiver();
    await receiver.close();
    const tracer = await started({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      // Less than the wait before the first retry, which would outlive the test.
      OTEL_EXPORTER_OTLP_TIMEOUT: '500',
    });
    tracer.start(request()).end(200);
    await tracer.shutdown();
    expect(JSON.stringify(warnings)).toContain('tracing: ');
  });

  it('that does not answer does not hold up shutdown', async () => {
    const receiver = await startReceiver();
    receiver.hold();
    const tracer = await started({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint });
    tracer.start(request()).end(200);
    const shutdown = tracer.shutdown();
    await waitFor(() => {
      expect(receiver.spans).toHaveLength(1);
    });
    await shutdown;
    expect(receiver.answered).toBe(0);
    receiver.answer();
    await waitFor(() => {
      expect(receiver.answered).toBe(1);
    });
    await receiver.close();
  });
});
