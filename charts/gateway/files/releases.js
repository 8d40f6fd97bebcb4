/**
 * What the release list and its history say, as metrics. Names and help are those of contracts/metrics/rollout.ts, which the
 * tests hold this file to. Every pod of the gateway shows the same: queries take the maximum.
 *
 * What breaks a rule is left out: gateway_release_list_refused says that there is something.
 */

const MODEL = /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/;
const VERSION = /^[1-9][0-9]*$/;
const WORD = /^[a-z][-a-z]{0,31}$/;
const REASON = /^[a-z][-a-z0-9 ]{0,39}$/;
/** Of a model, newest first. They bound the number of series, as reasons are anybody's text. */
const CHANGES = 20;

/** Empty where the text is none or no JSON. */
function parsed(text) {
  try {
    return JSON.parse(text) || {};
  } catch (error) {
    return {};
  }
}

/** Versions and weights by model, of entries that are well-formed. */
function wantedOf(list) {
  // Models may be called `constructor`.
  const wanted = Object.create(null);
  const models = list.models || {};
  Object.keys(models).forEach((model) => {
    const versions = models[model] && models[model].versions;
    if (!MODEL.test(model) || !Array.isArray(versions)) return;
    wanted[model] = versions.filter(
      (each) => each && VERSION.test(each.version) && typeof each.weight === 'number',
    );
  });
  return wanted;
}

/** The kind of a note: what stands before its figures, as in `worse errors: 12 of 400`. */
function reasonOf(note) {
  const kind = String(note || '')
    .split(/[:(;,.]/)[0]
    .trim()
    .toLowerCase();
  if (kind === '') return 'unstated';
  return REASON.test(kind) ? kind : 'other';
}

/** Well-formed changes by model, newest first. */
function changesOf(history) {
  const changes = Object.create(null);
  (Array.isArray(history.entries) ? history.entries : []).forEach((entry) => {
    if (!entry || !MODEL.test(entry.model) || !VERSION.test(entry.version)) return;
    const at = Date.parse(entry.at) / 1000;
    if (isNaN(at)) return;
    const before = changes[entry.model] || [];
    changes[entry.model] = [
      {
        at: at,
        version: entry.version,
        from: entry.from,
        action: WORD.test(entry.action) ? entry.action : 'other',
        reason: reasonOf(entry.note),
      },
    ].concat(before);
  });
  return changes;
}

/** The version with the most traffic; undefined where none has any. */
function championOf(versions) {
  let champion;
  versions.forEach((each) => {
    if (each.weight > 0 && (champion === undefined || each.weight > champion.weight)) champion = each;
  });
  return champion && champion.version;
}

/**
 * Metrics of the release list, lines in Prometheus' text format.
 * @param {string} releases text of the list
 * @param {string} history text of its history
 */
function gauges(releases, history) {
  const wanted = wantedOf(parsed(releases));
  const changes = changesOf(parsed(history));
  const weights = [];
  const champions = [];
  const last = [];
  Object.keys(wanted).forEach((model) => {
    wanted[model].forEach((each) => {
      weights.push(
        `rollout_version_weight_percent{model="${model}",version="${each.version}"} ${each.weight}\n`,
      );
    });
    const champion = championOf(wanted[model]);
    // Later changes of its weight do not make it champion anew.
    const crowned = (changes[model] || []).filter(
      (each) => each.version === champion && each.from !== champion,
    )[0];
    if (crowned !== undefined) {
      champions.push(
        `rollout_champion_since_timestamp_seconds{model="${model}",version="${champion}"} ${crowned.at}\n`,
      );
    }
  });
  Object.keys(changes).forEach((model) => {
    const seen = Object.create(null);
    changes[model].slice(0, CHANGES).forEach((each) => {
      const labels = `model="${model}",version="${each.version}",action="${each.action}",reason="${each.reason}"`;
      if (seen[labels]) return;
      seen[labels] = true;
      last.push(`rollout_last_change_timestamp_seconds{${labels}} ${each.at}\n`);
    });
  });
  return [
    {
      name: 'rollout_version_weight_percent',
      help: 'Share of the traffic that the release list gives the version; 0 is a standby.',
      lines: weights,
    },
    {
      name: 'rollout_champion_since_timestamp_seconds',
      help: 'When the version with the most traffic got it.',
      lines: champions,
    },
    {
      name: 'rollout_last_change_timestamp_seconds',
      help: 'When the version was last deployed or rolled back to for that reason; of the 20 newest changes of a model.',
      lines: last,
    },
  ];
}

export default { gauges: gauges };
