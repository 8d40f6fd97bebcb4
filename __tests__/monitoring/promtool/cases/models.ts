import type { Case, Series } from '../suite';

const ml = { severity: 'ticket', team: 'ml' } as const;
const ops = { severity: 'ticket', team: 'ops' } as const;
const version = { model: 'fraud', version: '1' } as const;
const V = 'model="fraud",version="1"';
const DAY = 86_400;

const quality = (upper: string, positives: string): Series => ({
  [`model_quality_interval_upper{${V},window="7d",metric="average_precision"}`]: upper,
  [`model_quality_gate{${V},metric="average_precision"}`]: '0.45x600',
  [`model_quality_positives{${V},window="7d"}`]: positives,
});
/** 13 days with values every five minutes. */
const LONG = 13 * 288;
const served = { [`model_server_observed_rows_total{${V}}`]: `0+10x${LONG}` };

export const modelCases: readonly Case[] = [
  {
    alert: 'QualityBelowGate',
    title: 'pages when the whole interval is below for an hour',
    series: quality('0.44x600', '80x600'),
    at: '2h',
    firing: [
      {
        alertname: 'QualityBelowGate',
        severity: 'page',
        team: 'ml',
        ...version,
        metric: 'average_precision',
      },
    ],
  },
  {
    alert: 'QualityBelowGate',
    title: 'silent while the interval reaches the gate',
    series: quality('0.46x600', '80x600'),
    at: '2h',
    firing: [],
  },
  {
    alert: 'QualityBelowGate',
    title: 'silent on few positives',
    series: quality('0.3x600', '29x600'),
    at: '2h',
    firing: [],
  },
  {
    alert: 'QualityBelowGate',
    title: 'silent without a gate',
    series: { [`model_quality_interval_upper{${V},window="7d",metric="average_precision"}`]: '0.1x600' },
    at: '2h',
    firing: [],
  },
  {
    alert: 'QualityExporterStale',
    title: 'fires when no cycle succeeds',
    series: { model_quality_last_success_timestamp_seconds: '0x600' },
    at: '1h',
    firing: [{ alertname: 'QualityExporterStale', ...ml }],
  },
  {
    alert: 'QualityExporterStale',
    title: 'silent while cycles succeed',
    series: { model_quality_last_success_timestamp_seconds: '0+60x600' },
    at: '1h',
    firing: [],
  },
  {
    alert: 'PredictionLogDropping',
    title: 'fires while predictions are dropped',
    series: { [`model_server_prediction_log_dropped_total{${V},pod="a"}`]: '0+1x600' },
    at: '30m',
    firing: [{ alertname: 'PredictionLogDropping', ...ops, ...version }],
  },
  {
    alert: 'PredictionLogDropping',
    title: 'silent when none is, any more',
    series: { [`model_server_prediction_log_dropped_total{${V},pod="a"}`]: '0+1x10 10x600' },
    at: '1h',
    firing: [],
  },
  {
    alert: 'PredictionLogFailing',
    title: 'fires while writes fail',
    series: { [`model_server_prediction_log_failed_writes_total{${V},pod="a"}`]: '0+1x600' },
    at: '1h',
    firing: [{ alertname: 'PredictionLogFailing', ...ops, ...version }],
  },
  {
    alert: 'PredictionLogFailing',
    title: 'silent when one write failed',
    series: { [`model_server_prediction_log_failed_writes_total{${V},pod="a"}`]: '0x5 1x600' },
    at: '1h',
    firing: [],
  },
  {
    alert: 'ReleaseListRefused',
    title: 'fires while the list is refused',
    series: { 'gateway_release_list_refused{model="fraud",pod="a"}': '1x600' },
    at: '10m',
    firing: [{ alertname: 'ReleaseListRefused', ...ops, model: 'fraud' }],
  },
  {
    alert: 'ReleaseListRefused',
    title: 'silent while it is in force',
    series: { 'gateway_release_list_refused{model="fraud",pod="a"}': '0x600' },
    at: '10m',
    firing: [],
  },
];

/** Time in promtool starts at 0, so that points in time are seconds since the start. */
export const slowModelCases: readonly Case[] = [
  {
    alert: 'LabelStreamStalled',
    title: 'fires when labels stop',
    series: {
      ...served,
      'model_quality_newest_label_timestamp_seconds{model="fraud"}': `${8 * DAY}x${LONG}`,
    },
    at: '10d',
    firing: [{ alertname: 'LabelStreamStalled', ...ml, model: 'fraud' }],
  },
  {
    alert: 'LabelStreamStalled',
    title: 'fires when none ever came',
    series: { ...served, 'model_quality_label_horizon_seconds{model="fraud"}': `${7 * DAY}x${LONG}` },
    at: '10d',
    firing: [{ alertname: 'LabelStreamStalled', ...ml, model: 'fraud' }],
  },
  {
    alert: 'LabelStreamStalled',
    title: 'silent in the first week',
    series: { ...served, 'model_quality_label_horizon_seconds{model="fraud"}': `${7 * DAY}x${LONG}` },
    at: '7d',
    firing: [],
  },
  {
    alert: 'LabelStreamStalled',
    title: 'silent while labels come',
    series: { ...served, 'model_quality_newest_label_timestamp_seconds{model="fraud"}': `0+300x${LONG}` },
    at: '10d',
    firing: [],
  },
  {
    alert: 'LabelStreamStalled',
    title: 'silent where nothing was predicted',
    series: { 'model_quality_newest_label_timestamp_seconds{model="fraud"}': `0x${LONG}` },
    at: '10d',
    firing: [],
  },
  {
    alert: 'PipelineStale',
    title: 'fires when the model that serves knows nothing of the last six weeks',
    series: {
      [`model_server_training_data_end_timestamp_seconds{${V}}`]: `${-35 * DAY}x${LONG}`,
      [`gateway_version_weight_percent{${V}}`]: `100x${LONG}`,
    },
    at: '8d',
    firing: [{ alertname: 'PipelineStale', ...ml, model: 'fraud' }],
  },
  {
    alert: 'PipelineStale',
    title: 'silent when a fresh version serves and an old one stands by',
    series: {
      [`model_server_training_data_end_timestamp_seconds{${V}}`]: `${-35 * DAY}x${LONG}`,
      'model_server_training_data_end_timestamp_seconds{model="fraud",version="2"}': `0x${LONG}`,
      [`gateway_version_weight_percent{${V}}`]: `0x${LONG}`,
      'gateway_version_weight_percent{model="fraud",version="2"}': `100x${LONG}`,
    },
    at: '8d',
    firing: [],
  },
];
