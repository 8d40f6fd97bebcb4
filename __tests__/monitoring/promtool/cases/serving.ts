import type { Case } from '../suite';

const page = { severity: 'page', team: 'ops', model: 'fraud' } as const;
const ticket = { severity: 'ticket', team: 'ops', model: 'fraud' } as const;

/** Requests per minute at the gateway, all of them fast, for long enough. */
const atGateway = (good: string, bad: string) => ({
  'gateway_requests_total{model="fraud",version="1",status="2xx"}': good,
  'gateway_requests_total{model="fraud",version="1",status="5xx"}': bad,
});
const durations = (fast: string, all: string) => ({
  'gateway_request_duration_seconds_bucket{model="fraud",version="1",le="0.1"}': fast,
  'gateway_request_duration_seconds_bucket{model="fraud",version="1",le="+Inf"}': all,
  'gateway_request_duration_seconds_count{model="fraud",version="1"}': all,
});
const fastBurn = { window: '1h' } as const;
const slowBurn = { window: '6h' } as const;
const dayBurn = { window: '1d' } as const;
const threeDayBurn = { window: '3d' } as const;

/** In the first hours all windows see the same. */
const everyBurn = (alertname: string) => [
  ...[fastBurn, slowBurn].map((window) => ({ alertname, ...page, ...window })),
  ...[dayBurn, threeDayBurn].map((window) => ({ alertname, ...ticket, ...window })),
];

export const servingCases: readonly Case[] = [
  {
    alert: 'ErrorBudgetBurn',
    title: 'pages when every version answers with errors for an hour',
    series: atGateway('0+100x1500', '0+10x1500'),
    at: '70m',
    firing: everyBurn('ErrorBudgetBurn'),
  },
  {
    alert: 'ErrorBudgetBurn',
    title: 'opens a ticket only when the budget burns slowly',
    series: atGateway('0+1000x4500', '0+4x4500'),
    at: '26h',
    firing: [dayBurn, threeDayBurn].map((window) => ({ alertname: 'ErrorBudgetBurn', ...ticket, ...window })),
  },
  {
    alert: 'ErrorBudgetBurn',
    title: 'silent within the budget',
    series: atGateway('0+10000x1500', '0+5x1500'),
    at: '6h',
    firing: [],
  },
  {
    alert: 'ErrorBudgetBurn',
    title: 'silent when nothing ever failed',
    series: { 'gateway_requests_total{model="fraud",version="1",status="2xx"}': '0+100x1500' },
    at: '2h',
    firing: [],
  },
  {
    alert: 'ErrorBudgetBurn',
    title: 'silent on one error of few requests',
    series: atGateway('0+1x300', '0x30 1x300'),
    at: '40m',
    firing: [],
  },
  {
    alert: 'ErrorBudgetBurn',
    title: 'pages when half of a few requests fail: two a minute are enough',
    series: atGateway('0+1x300', '0x30 1+1x300'),
    at: '45m',
    firing: everyBurn('ErrorBudgetBurn'),
  },
  {
    alert: 'ErrorBudgetBurn',
    title: 'silent on one burst: three minutes in which a third of 600 requests an hour fails',
    series: atGateway('0+10x300', '0x122 3 6 9x170'),
    at: '2h5m',
    firing: [],
  },
  {
    alert: 'ErrorBudgetBurn',
    title: 'silent after that burst, with the failures that follow now and then',
    series: atGateway('0+10x300', '0x122 3 6 9x12 10x170'),
    at: '2h20m',
    firing: [],
  },
  {
    alert: 'ErrorBudgetBurn',
    title: 'silent on one minute without answers, however many requests there are',
    series: atGateway('0+10000x122 1220000 1230000+10000x170', '0x122 10000x170'),
    at: '2h5m',
    firing: [],
  },
  {
    alert: 'ErrorBudgetBurn',
    title: 'pages after seven minutes without answers, on every window',
    series: atGateway('0+10x118 1180x170', '0x118 10+10x170'),
    at: '2h5m',
    firing: everyBurn('ErrorBudgetBurn'),
  },
  {
    alert: 'ErrorBudgetBurn',
    title: 'pages on the third burst in an hour',
    series: atGateway('0+10x300', '0x75 5 10 15x17 20 25 30x17 35 40 45x170'),
    at: '2h',
    firing: everyBurn('ErrorBudgetBurn'),
  },
  {
    alert: 'ErrorBudgetBurn',
    title: 'silent without requests',
    series: atGateway('100x300', '5x300'),
    at: '2h',
    firing: [],
  },
  {
    alert: 'ErrorBudgetBurn',
    title:
      'fast burn goes on for a quarter of an hour after the short window is no longer sure: one page for one fault',
    series: atGateway('0+100x1500', '0+10x90 900x600'),
    at: '105m',
    firing: everyBurn('ErrorBudgetBurn'),
  },
  {
    alert: 'ErrorBudgetBurn',
    title: 'fast burn is over twenty minutes after the last failure',
    series: atGateway('0+100x1500', '0+10x90 900x600'),
    at: '115m',
    firing: [
      { alertname: 'ErrorBudgetBurn', ...page, ...slowBurn },
      ...[dayBurn, threeDayBurn].map((window) => ({ alertname: 'ErrorBudgetBurn', ...ticket, ...window })),
    ],
  },
  {
    alert: 'ErrorBudgetBurn',
    title: 'pages when no version takes requests, of which no model server knows',
    series: {
      'gateway_requests_total{model="fraud",version="1",status="2xx"}': '0+100x1500',
      'gateway_requests_total{model="fraud",version="none",status="5xx"}': '0+10x1500',
    },
    at: '70m',
    firing: everyBurn('ErrorBudgetBurn'),
  },
  {
    alert: 'ErrorBudgetBurn',
    title: 'silent when the gateway hid the failures of a model server from clients',
    series: {
      ...atGateway('0+110x1500', '0x1500'),
      'model_server_request_duration_seconds_count{model="fraud",version="1",route="/v2/models/:model/infer",status="2xx"}':
        '0+100x1500',
      'model_server_request_duration_seconds_count{model="fraud",version="1",route="/v2/models/:model/infer",status="5xx"}':
        '0+10x1500',
    },
    at: '70m',
    firing: [],
  },
  {
    alert: 'ErrorBudgetBurn',
    title: 'reads the model servers where no gateway is scraped',
    series: {
      'model_server_request_duration_seconds_count{model="fraud",version="1",route="/v2/models/:model/infer",status="2xx"}':
        '0+100x1500',
      'model_server_request_duration_seconds_count{model="fraud",version="1",route="/v2/models/:model/infer",status="5xx"}':
        '0+10x1500',
      'model_server_request_duration_seconds_count{model="fraud",version="1",route="/v2/health/ready",status="5xx"}':
        '0+1000x1500',
    },
    at: '30m',
    firing: everyBurn('ErrorBudgetBurn'),
  },
  {
    alert: 'ErrorBudgetBurn',
    title: 'silent when only probes fail',
    series: {
      'model_server_request_duration_seconds_count{model="fraud",version="1",route="/v2/models/:model/infer",status="2xx"}':
        '0+100x1500',
      'model_server_request_duration_seconds_count{model="fraud",version="1",route="/v2/health/ready",status="5xx"}':
        '0+1000x1500',
    },
    at: '2h',
    firing: [],
  },
  {
    alert: 'LatencyBudgetBurn',
    title: 'pages when a fifth is slow for an hour',
    series: { ...atGateway('0+100x1500', '0x1500'), ...durations('0+80x1500', '0+100x1500') },
    at: '70m',
    firing: everyBurn('LatencyBudgetBurn'),
  },
  {
    alert: 'LatencyBudgetBurn',
    title: 'silent on one burst of slow answers',
    series: { ...atGateway('0+10x300', '0x300'), ...durations('0+10x120 1200x4 1210+10x300', '0+10x300') },
    at: '2h5m',
    firing: [],
  },
  {
    alert: 'LatencyBudgetBurn',
    title: 'silent when one in two hundred is slow',
    series: { ...atGateway('0+1000x1500', '0x1500'), ...durations('0+995x1500', '0+1000x1500') },
    at: '6h',
    firing: [],
  },
];
