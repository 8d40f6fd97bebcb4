import { describe, expect, it } from '@jest/globals';

import { readSettings } from '../../model-server/src/settings';

describe('settings', () => {
  it('have the documented defaults', () => {
    expect(readSettings({ MODEL_VERSION: '7' })).toEqual({
      modelDir: '/model',
      modelVersion: '7',
      host: '0.0.0.0',
      port: 8080,
      grpcPort: undefined,
      logLevel: 'info',
      runtime: 'auto',
      batchMaxRows: 64,
      batchWaitMilliseconds: 0,
      drainSeconds: 5,
      finishSeconds: 10,
      maxBodyBytes: 4194304,
      maxHeldBytes: 25165824,
      maxConnections: 2048,
      maxRequests: 1024,
      maxRequestsPerConnection: 64,
      maxRows: 4096,
      maxHeaderBytes: 8192,
      headerTimeoutSeconds: 10,
      requestTimeoutSeconds: 30,
      keepAliveSeconds: 75,
      predictionLogUrl: undefined,
      predictionLogQueueRows: 20000,
      predictionLogQueueBytes: 16777216,
      predictionLogFlushRows: 500,
      predictionLogFlushSeconds: 1,
      predictionLogCloseSeconds: 5,
    });
  });

  it('do not show a URL that may hold a password', () => {
    const env = { MODEL_VERSION: '7', PREDICTION_LOG_URL: 'mysql://server:secret@host/predictions' };
    expect(() => readSettings(env)).toThrowErrorMatchingInlineSnapshot(
      `"environment variable PREDICTION_LOG_URL cannot be used: got a value that is not shown, since it may hold a password, expected postgres://user@host:port/database. Set PREDICTION_LOG_URL in the container's environment."`,
    );
  });

  it('need a version', () => {
    expect(() => readSettings({})).toThrowErrorMatchingInlineSnapshot(
      `"environment variable MODEL_VERSION cannot be used: got nothing, expected a version: up to 63 letters, digits, dots, dashes or underscores. Set MODEL_VERSION in the container's environment."`,
    );
  });

  it.each([
    { MODEL_VERSION: 'v 7' },
    { PORT: '70000' },
    { PORT: '80.5' },
    { PORT: 'http' },
    { GRPC_PORT: '70000' },
    { DRAIN_SECONDS: '-1' },
    { DRAIN_SECONDS: '5s' },
    { LOG_LEVEL: 'loud' },
    { RUNTIME: 'treelite' },
    { BATCH_WAIT_MILLISECONDS: '2000' },
    { MAX_ROWS: '0' },
    { HEADER_TIMEOUT_SECONDS: '60' },
  ])('refuse %j', (env) => {
    expect(() => readSettings({ MODEL_VERSION: '7', ...env })).toThrow(
      expect.objectContaining({ reason: 'setting-invalid' }),
    );
  });

  it('open a gRPC port if one is set', () => {
    expect(readSettings({ MODEL_VERSION: '7', GRPC_PORT: '8081' }).grpcPort).toBe(8081);
  });

  it('treat an empty variable as unset', () => {
    expect(readSettings({ MODEL_VERSION: '7', PORT: '' }).port).toBe(8080);
  });
});
