import { describe, expect, it } from '@jest/globals';

import { collectProcessMetrics } from '../../../model-server/src/metrics/metrics';
import { inferRequest, startTestServer } from '../../../model-server/testing/app';
import type { TestServer } from '../../../model-server/testing/app';

async function scrape({ app }: TestServer): Promise<string[]> {
  return (await app.inject('/metrics')).body.split('\n');
}

const server = await startTestServer();
await server.infer(inferRequest([...Array<number>(12).fill(1)], 3));
await server.infer(inferRequest(['x', 3, 1, 0]));
await server.infer(inferRequest(['x', 3, 1, 0]));
await server.app.inject('/nowhere');
const lines = await scrape(server);

describe('/metrics', () => {
  it.each([
    'model_server_request_duration_seconds_count{model="tiny",version="3",route="/v2/models/:model/infer",status="2xx"} 1',
    'model_server_request_duration_seconds_count{model="tiny",version="3",route="/v2/models/:model/infer",status="4xx"} 2',
    'model_server_request_duration_seconds_count{model="tiny",version="3",route="unmatched",status="4xx"} 1',
    'model_server_inference_duration_seconds_count{model="tiny",version="3"} 1',
    'model_server_batch_rows_sum{model="tiny",version="3"} 3',
    'model_server_rejected_requests_total{reason="value-invalid",model="tiny",version="3"} 2',
    'model_server_rejected_requests_total{reason="not-found",model="tiny",version="3"} 1',
    // The scrape itself.
    'model_server_requests_in_flight{model="tiny",version="3"} 1',
  ])('has %s', (line) => {
    expect(lines).toContain(line);
  });

  it('does not grow with requested addresses', async () => {
    const before = (await scrape(server)).length;
    await Promise.all(Array.from({ length: 20 }, (_, i) => server.app.inject(`/v2/models/m${i}/ready${i}`)));
    expect((await scrape(server)).length).toBe(before);
  });

  it('says its content type', async () => {
    expect((await server.app.inject('/metrics')).headers['content-type']).toContain(
      'text/plain; version=0.0.4',
    );
  });

  it('includes process and event-loop metrics once they are collected', async () => {
    const measured = await startTestServer();
    collectProcessMetrics(measured.metrics);
    const text = (await scrape(measured)).join('\n');
    expect(text).toContain('process_resident_memory_bytes{model="tiny",version="3"}');
    expect(text).toContain('nodejs_eventloop_lag_p99_seconds{model="tiny",version="3"}');
  });
});
