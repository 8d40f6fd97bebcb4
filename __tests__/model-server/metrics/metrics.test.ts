import { describe, expect, it } from '@jest/globals';

import {
  collectProcessMetrics,
  countRejection,
  createMetrics,
} from '../../../model-server/src/metrics/metrics';
import type { Metrics } from '../../../model-server/src/metrics/metrics';
import { scrape } from './exposition';

async function lines({ registry }: Metrics): Promise<string[]> {
  return (await registry.metrics()).split('\n');
}

describe('request durations', () => {
  it('are counted by route and status class', async () => {
    const metrics = createMetrics('tiny', '3');
    const route = metrics.requestDuration.route('/v2/models/:model/infer');
    route.observe(200, 0.25);
    route.observe(204, 0.5);
    route.observe(503, 1);
    expect(await lines(metrics)).toEqual(
      expect.arrayContaining([
        'model_server_request_duration_seconds_count{model="tiny",version="3",route="/v2/models/:model/infer",status="2xx"} 2',
        'model_server_request_duration_seconds_sum{model="tiny",version="3",route="/v2/models/:model/infer",status="2xx"} 0.75',
        'model_server_request_duration_seconds_count{model="tiny",version="3",route="/v2/models/:model/infer",status="5xx"} 1',
      ]),
    );
  });

  it('show a status class from its first answer on', async () => {
    const metrics = createMetrics('tiny', '3');
    metrics.requestDuration.route('/v2').observe(200, 0.1);
    expect((await lines(metrics)).filter((line) => line.includes('status="5xx"'))).toEqual([]);
  });

  it('show requested classes from the start', async () => {
    const metrics = createMetrics('tiny', '3');
    metrics.requestDuration.route('/v2', ['5xx']);
    expect(await lines(metrics)).toContain(
      'model_server_request_duration_seconds_count{model="tiny",version="3",route="/v2",status="5xx"} 0',
    );
  });

  it('are the same series however often the route is looked up', async () => {
    const metrics = createMetrics('tiny', '3');
    metrics.requestDuration.route('/v2').observe(200, 0.1);
    metrics.requestDuration.route('/v2', ['2xx']).observe(200, 0.1);
    expect(await lines(metrics)).toContain(
      'model_server_request_duration_seconds_count{model="tiny",version="3",route="/v2",status="2xx"} 2',
    );
  });
});

describe('a histogram', () => {
  async function buckets(values: readonly number[]): Promise<Map<string | undefined, number>> {
    const metrics = createMetrics('tiny', '3');
    for (const value of values) metrics.batchRows.observe(value);
    const samples = await scrape(metrics.registry);
    return new Map(
      samples
        .filter(({ name }) => name === 'model_server_batch_rows_bucket')
        .map(({ labels, value }) => [labels.le, value]),
    );
  }

  it('has cumulative buckets that include their upper bound', async () => {
    const counts = await buckets([1, 2, 2, 3, 4096]);
    expect(['1', '2', '4', '2048', '4096', '+Inf'].map((le) => counts.get(le))).toEqual([1, 3, 4, 4, 5, 5]);
  });

  it('counts values beyond its last bound', async () => {
    const counts = await buckets([5000]);
    expect([counts.get('4096'), counts.get('+Inf')]).toEqual([0, 1]);
  });

  it('is in Prometheus’s format', async () => {
    const metrics = createMetrics('tiny', '3');
    metrics.batchRequests.observe(3);
    expect(await metrics.registry.getSingleMetricAsString('model_server_batch_requests'))
      .toMatchInlineSnapshot(`
      "# HELP model_server_batch_requests Requests that were joined into one run of the model.
      # TYPE model_server_batch_requests histogram
      model_server_batch_requests_bucket{le="1",model="tiny",version="3"} 0
      model_server_batch_requests_bucket{le="2",model="tiny",version="3"} 0
      model_server_batch_requests_bucket{le="4",model="tiny",version="3"} 1
      model_server_batch_requests_bucket{le="8",model="tiny",version="3"} 1
      model_server_batch_requests_bucket{le="16",model="tiny",version="3"} 1
      model_server_batch_requests_bucket{le="32",model="tiny",version="3"} 1
      model_server_batch_requests_bucket{le="64",model="tiny",version="3"} 1
      model_server_batch_requests_bucket{le="128",model="tiny",version="3"} 1
      model_server_batch_requests_bucket{le="256",model="tiny",version="3"} 1
      model_server_batch_requests_bucket{le="+Inf",model="tiny",version="3"} 1
      model_server_batch_requests_sum{model="tiny",version="3"} 3
      model_server_batch_requests_count{model="tiny",version="3"} 1"
    `);
  });
});

describe('counters and gauges', () => {
  it.each<[string, (metrics: Metrics) => void]>([
    [
      'model_server_rejected_requests_total{reason="value-invalid",model="tiny",version="3"} 2',
      (metrics) => {
        countRejection(metrics, 'value-invalid');
        countRejection(metrics, 'value-invalid');
      },
    ],
    [
      'model_server_requests_in_flight{model="tiny",version="3"} 1',
      ({ requestsInFlight }) => {
        requestsInFlight.inc();
        requestsInFlight.inc();
        requestsInFlight.dec();
      },
    ],
    [
      'model_server_inference_duration_seconds_bucket{le="0.0001",model="tiny",version="3"} 1',
      ({ inferenceDuration }) => {
        inferenceDuration.observe(0.0001);
      },
    ],
    [
      'model_server_batch_waiting_requests{model="tiny",version="3"} 7',
      ({ batchWaiting }) => {
        batchWaiting.set(7);
      },
    ],
    [
      'model_server_scorer_info{scorer="trees",model="tiny",version="3"} 1',
      ({ scorer }) => {
        scorer.set('trees');
      },
    ],
    [
      'model_server_prediction_log_written_total{model="tiny",version="3"} 64',
      ({ predictionLog }) => {
        predictionLog.written.inc(64);
      },
    ],
    [
      'model_server_prediction_log_dropped_total{model="tiny",version="3"} 3',
      ({ predictionLog }) => {
        predictionLog.dropped.inc(3);
      },
    ],
    [
      'model_server_prediction_log_failed_writes_total{model="tiny",version="3"} 1',
      ({ predictionLog }) => {
        predictionLog.failedWrites.inc();
      },
    ],
    [
      'model_server_prediction_log_queued{model="tiny",version="3"} 5',
      ({ predictionLog }) => {
        predictionLog.queued.set(5);
      },
    ],
  ])('show %s', async (line, act) => {
    const metrics = createMetrics('tiny', '3');
    expect(await lines(metrics)).not.toContain(line);
    act(metrics);
    expect(await lines(metrics)).toContain(line);
  });

  it('name one scorer, the last one set', async () => {
    const metrics = createMetrics('tiny', '3');
    metrics.scorer.set('trees');
    metrics.scorer.set('onnxruntime');
    const scorers = (await scrape(metrics.registry)).filter(
      ({ name }) => name === 'model_server_scorer_info',
    );
    expect(scorers.map(({ labels }) => labels.scorer)).toEqual(['onnxruntime']);
  });
});

describe('the registry', () => {
  it('gives every metric a help text and its type', async () => {
    const text = await createMetrics('tiny', '3').registry.metrics();
    const named = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, type]) => [name, type]);
    expect(named).toMatchInlineSnapshot(`
      [
        [
          "model_server_request_duration_seconds",
          "histogram",
        ],
        [
          "model_server_requests_in_flight",
          "gauge",
        ],
        [
          "model_server_held_bytes",
          "gauge",
        ],
        [
          "model_server_inference_duration_seconds",
          "histogram",
        ],
        [
          "model_server_batch_rows",
          "histogram",
        ],
        [
          "model_server_batch_requests",
          "histogram",
        ],
        [
          "model_server_batch_waiting_requests",
          "gauge",
        ],
        [
          "model_server_rejected_requests_total",
          "counter",
        ],
        [
          "model_server_scorer_info",
          "gauge",
        ],
        [
          "model_server_prediction_log_written_total",
          "counter",
        ],
        [
          "model_server_prediction_log_dropped_total",
          "counter",
        ],
        [
          "model_server_prediction_log_failed_writes_total",
          "counter",
        ],
        [
          "model_server_prediction_log_queued",
          "gauge",
        ],
      ]
    `);
    for (const [name] of named) expect(text).toMatch(new RegExp(`^# HELP ${String(name)} \\S`, 'm'));
  });

  it('gives the same values as JSON', async () => {
    const metrics = createMetrics('tiny', '3');
    metrics.requestDuration.route('/v2').observe(200, 0.25);
    const json = await metrics.registry.getMetricsAsJSON();
    const durations = json.find(({ name }) => name === 'model_server_request_duration_seconds');
    expect(durations?.values).toContainEqual({
      metricName: 'model_server_request_duration_seconds_sum',
      labels: { route: '/v2', status: '2xx', model: 'tiny', version: '3' },
      value: 0.25,
    });
  });

  it('shows process and event-loop metrics once they are collected', async () => {
    const metrics = createMetrics('tiny', '3');
    collectProcessMetrics(metrics);
    const names = (await scrape(metrics.registry)).map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['process_resident_memory_bytes', 'nodejs_eventloop_lag_p99_seconds']),
    );
  });

  it('shows how long the event loop was busy', async () => {
    const metrics = createMetrics('tiny', '3');
    collectProcessMetrics(metrics);
    const busy = async (): Promise<number> => {
      const samples = await scrape(metrics.registry);
      return samples.find(({ name }) => name === 'model_server_event_loop_busy_seconds_total')?.value ?? NaN;
    };
    // The utilisation is counted from the first turn of the loop on.
    await new Promise((resolve) => setTimeout(resolve, 1));
    const before = await busy();
    const end = performance.now() + 20;
    while (performance.now() < end);
    expect(await busy()).toBeGreaterThan(before);
  });
});
