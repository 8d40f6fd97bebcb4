import { MODEL_SERVER_METRIC, QUALITY_WINDOW } from '../../contracts/metrics';

/** Variables of dashboards, by name. */
export const VARIABLE = {
  model: {
    name: 'model',
    label: 'Model',
    query: `label_values(${MODEL_SERVER_METRIC.referenceRows.name}, model)`,
  },
  version: {
    name: 'version',
    label: 'Version',
    query: `label_values(${MODEL_SERVER_METRIC.referenceRows.name}{model=~"$model"}, version)`,
  },
  feature: {
    name: 'feature',
    label: 'Feature',
    query: `label_values(${MODEL_SERVER_METRIC.featureReferenceShare.name}{model=~"$model",version=~"$version"}, feature)`,
  },
} as const;

/** Matchers for what is selected in the dashboard. */
export const CHOSEN = {
  model: { model: '=~$model' },
  version: { model: '=~$model', version: '=~$version' },
  feature: { model: '=~$model', version: '=~$version', feature: '=~$feature' },
  quality: { model: '=~$model', version: '=~$version', window: '$window' },
} as const;

export const WINDOWS = QUALITY_WINDOW;
/** Long enough for a rate at every zoom. */
export const RATE = '$__rate_interval';
