/**
 * What the gateway counts, in a zone of numbers that all of nginx' workers share and a reload keeps. Names, help and
 * outcomes are those of contracts/metrics/gateway.ts, which the tests hold this file to.
 *
 * A key is `what model version label`, words that hold no space: `requests fraud 2 5xx`. Models and versions come from
 * the configuration, never from clients, so that the number of keys is bounded.
 */

/** Upper bounds in seconds; nginx measures whole milliseconds. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const STATUSES = ['2xx', '3xx', '4xx', '5xx'];
const OUTCOMES = ['answered', 'error', 'timeout', 'unreachable', 'foreign', 'abandoned'];
/** Version of requests that were passed on to none. */
const NO_VERSION = 'none';
/** More than fit into the zone: keys() returns 1,024 unless told. */
const ALL = 1000000;

/**
 * nginx' lists of one value per attempt: `502, 200`; `-` where an attempt has none. Behind ` : ` stands what the champion
 * answered in a canary's place, which counts for neither.
 * @param {number} parts how many parts between ` : ` count
 */
function list(text, parts) {
  return text === undefined || text === '' ? [] : text.split(' : ').slice(0, parts).join(', ').split(', ');
}

/** A request whose second try nginx gave up was sent from the start, to the same version. */
const SENT_AGAIN = /^[^ ]+:[0-9]+, [^: ]+ : /;

/** What became of one attempt. An answer has a header; without one, 504 is nginx' own word for a timeout. */
function outcome(status, connected, header) {
  if (header !== '-') return status >= '500' ? 'error' : 'answered';
  if (status === '-') return 'abandoned';
  if (connected === '-') return 'unreachable';
  return status === '504' ? 'timeout' : 'error';
}

/**
 * Outcomes of the attempts of a request, in their order.
 * @param {object} v nginx' variables
 */
function attempts(v) {
  const status = v.upstream_status || '';
  // Nearly all: one answer. Reading five more variables takes as long as the rest.
  if (status < '500' && status.length === 3 && !v.foreign) return ['answered'];
  const addresses = v.upstream_addr || '';
  const parts = SENT_AGAIN.test(addresses) ? 2 : 1;
  const statuses = list(status, parts);
  const connected = list(v.upstream_connect_time, parts);
  const headers = list(v.upstream_header_time, parts);
  const outcomes = [];
  list(addresses, parts).forEach((address, index) => {
    // Without a pod nginx notes the name of the upstream.
    if (address.indexOf(':') < 0) return;
    outcomes.push(outcome(statuses[index], connected[index], headers[index]));
  });
  // Only the last can be: an answer ends the attempts.
  if (v.foreign && outcomes.length > 0) outcomes[outcomes.length - 1] = 'foreign';
  return outcomes;
}

/** Position of the first bound that is not exceeded; one more than the last for +Inf. */
function bucket(seconds) {
  let index = 0;
  while (index < BOUNDS.length && seconds > BOUNDS[index]) index += 1;
  return index;
}

/**
 * Counts one request that has been answered.
 * @param {object} v nginx' variables
 */
function count(zone, v) {
  if (v.inference !== '1' || !v.model) return;
  const seconds = Number(v.request_time);
  const series = `${v.model} ${v.sent_version || NO_VERSION}`;
  zone.incr(`requests ${series} ${v.status.charAt(0)}xx`, 1);
  zone.incr(`bucket ${series} ${bucket(seconds)}`, 1);
  zone.incr(`milliseconds ${series} sum`, Math.round(seconds * 1000));
  const outcomes = attempts(v);
  outcomes.forEach((each) => {
    zone.incr(`attempts ${series} ${each}`, 1);
  });
  if (outcomes.some((each) => each !== 'answered')) zone.incr(`failed ${series} requests`, 1);
}

/** Forgets versions that have no upstream any more, or the zone would fill over the years. */
function prune(zone, routes) {
  zone.keys(ALL).forEach((key) => {
    const words = key.split(' ');
    const versions = Object.prototype.hasOwnProperty.call(routes, words[1]) ? routes[words[1]] : {};
    if (words[2] === NO_VERSION || Object.prototype.hasOwnProperty.call(versions, words[2])) return;
    zone.delete(key);
  });
}

function family(name, type, help, lines) {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

/**
 * Everything in Prometheus' text format. What never happened is there as 0: a rate needs the value before the first.
 * @param {object} routes {model: {version: weight}}, all that have an upstream
 * @param {object} refused {model: why}; '*' stands for the whole list
 */
function exposition(zone, routes, refused) {
  const requests = [];
  const tries = [];
  const failed = [];
  const durations = [];
  const weights = [];
  const lists = [];
  const value = (key) => zone.get(key) || 0;
  Object.keys(routes).forEach((model) => {
    const versions = Object.keys(routes[model]);
    versions.concat(NO_VERSION).forEach((version) => {
      const series = `${model} ${version}`;
      const labels = `model="${model}",version="${version}"`;
      STATUSES.forEach((status) => {
        requests.push(
          `gateway_requests_total{${labels},status="${status}"} ${value(`requests ${series} ${status}`)}\n`,
        );
      });
      let below = 0;
      BOUNDS.concat(Infinity).forEach((bound, index) => {
        below += value(`bucket ${series} ${index}`);
        const le = bound === Infinity ? '+Inf' : String(bound);
        durations.push(`gateway_request_duration_seconds_bucket{${labels},le="${le}"} ${below}\n`);
      });
      durations.push(
        `gateway_request_duration_seconds_sum{${labels}} ${value(`milliseconds ${series} sum`) / 1000}\n`,
        `gateway_request_duration_seconds_count{${labels}} ${below}\n`,
      );
    });
    versions.forEach((version) => {
      const labels = `model="${model}",version="${version}"`;
      OUTCOMES.forEach((each) => {
        tries.push(
          `gateway_attempts_total{${labels},outcome="${each}"} ${value(`attempts ${model} ${version} ${each}`)}\n`,
        );
      });
      failed.push(
        `gateway_requests_failed_before_retry_total{${labels}} ${value(`failed ${model} ${version} requests`)}\n`,
      );
      weights.push(`gateway_version_weight_percent{${labels}} ${routes[model][version]}\n`);
    });
  });
  const without = Object.keys(refused).filter(
    (model) => model !== '*' && !Object.prototype.hasOwnProperty.call(routes, model),
  );
  Object.keys(routes)
    .concat(without)
    .forEach((model) => {
      const isRefused =
        refused['*'] !== undefined || Object.prototype.hasOwnProperty.call(refused, model) ? 1 : 0;
      lists.push(`gateway_release_list_refused{model="${model}"} ${isRefused}\n`);
    });
  return [
    family(
      'gateway_requests_total',
      'counter',
      'Inference requests answered to clients, after any retry, by status class (2xx to 5xx).',
      requests,
    ),
    family(
      'gateway_attempts_total',
      'counter',
      'Attempts at a pod of the version, before any retry, by outcome.',
      tries,
    ),
    family(
      'gateway_requests_failed_before_retry_total',
      'counter',
      'Inference requests of which an attempt at a pod of the version failed, each counted once.',
      failed,
    ),
    family(
      'gateway_request_duration_seconds',
      'histogram',
      'Time from the first byte of the request to the last byte of the answer, as the client sees it.',
      durations,
    ),
    family(
      'gateway_version_weight_percent',
      'gauge',
      'Share of the traffic of the model that is in force for the version.',
      weights,
    ),
    family(
      'gateway_release_list_refused',
      'gauge',
      '1 while the release list of the model is not in force because it is invalid, else 0.',
      lists,
    ),
  ].join('');
}

export default { attempts: attempts, count: count, exposition: exposition, family: family, prune: prune };
