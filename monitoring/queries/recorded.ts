/** Names of recorded series, `level:what:operation`. Written by rules; read by dashboards, alerts and verdicts. */
export const RECORDED = {
  requests: 'model:requests:rate5m',
  /** Label `window`. */
  requestsIn: 'model:requests:increase',
  errorShare: 'model:request_errors:ratio_rate',
  slowShare: 'model:requests_slow:ratio_rate',
  /** Labels `objective` and `moment`. */
  burstMoment: 'model:slo_burst:moment',
  /** This and the next two: labels `objective` and `window`. */
  bursts: 'model:slo_burst:count',
  burstVariance: 'model:slo_burst:variance',
  designEffect: 'model:slo_share:design_effect',
  /** Labels `objective`, `window`, `span` and `bound`. */
  burnBound: 'model:slo_share:bound',
  binRows: 'model_version_feature_bin:served_rows:increase',
  rows: 'model_version:served_rows:increase',
  weight: 'model_version:traffic_weight_percent:max',
  coverage: 'model_version:drift_window:coverage',
  binRowsInWindow: 'model_version_feature_bin:served_rows:window',
  referenceShare: 'model_version_feature_bin:reference:share',
  rowsInWindow: 'model_version_feature:served_rows:window',
  expected: 'model_version_feature_bin:expected_rows:window',
  host: 'model_version_feature_bin:host_expected_rows:window',
  mergedExpected: 'model_version_feature_bin:merged_expected_rows:window',
  mergedRows: 'model_version_feature_bin:merged_served_rows:window',
  bins: 'model_version_feature:merged_bins:count',
  psi: 'model_version_feature:psi:window',
  noiseFactor: 'model_version_feature:noise_factor:max',
  series: 'model_version:drift_series:count',
  quantile: 'model_version:drift_normal_quantile:upper',
  threshold: 'model_version_feature:psi_threshold:window',
  state: 'model_version_feature:drift:state',
} as const;
