/**
 * Which version of a model takes a request: the release list, judged and turned into weights. Pure, so that it runs
 * in nginx' njs and in the tests alike; njs knows neither for…of, nor destructuring, nor optional chaining.
 *
 * routes     {model: {version: weight}}, one entry per version that has an upstream
 * leases     {model: {until: milliseconds since 1970, champion: version}}, of models with a canary
 * upstreams  {model: {version: name of the upstream}}, from the configuration that nginx has loaded
 * refused    {model: why the list's entry is not in force}; '*' stands for the whole list
 */

const MODEL = /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/;
const VERSION = /^[1-9][0-9]*$/;

/** Models may be called `constructor`. */
function own(object, key) {
  return Object.prototype.hasOwnProperty.call(object, key) ? object[key] : undefined;
}

function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The models of a release list. Throws where it is none. */
function readModels(text) {
  let list;
  try {
    list = JSON.parse(text);
  } catch (error) {
    throw new Error('it is not JSON');
  }
  if (!isObject(list) || list.schema !== 1) throw new Error('its schema is not 1');
  if (!isObject(list.models)) throw new Error('it has no models');
  return list.models;
}

/** Weights of one model's versions that have an upstream. Throws where the entry breaks a rule. */
function readWeights(entry, upstreams) {
  if (!isObject(entry) || !Array.isArray(entry.versions)) throw new Error('it has no list of versions');
  const weights = {};
  let sum = 0;
  entry.versions.forEach((item) => {
    if (!isObject(item) || typeof item.version !== 'string' || !VERSION.test(item.version)) {
      throw new Error('a version is not a number in a string');
    }
    const version = item.version;
    const weight = item.weight;
    if (typeof weight !== 'number' || weight % 1 !== 0 || weight < 0 || weight > 100) {
      throw new Error(`the weight of version ${version} is not an integer from 0 to 100`);
    }
    if (own(weights, version) !== undefined) throw new Error(`version ${version} is listed twice`);
    weights[version] = weight;
    sum += weight;
  });
  if (sum !== 0 && sum !== 100) throw new Error(`the weights add up to ${sum}, expected 100 or 0`);
  const routes = {};
  Object.keys(upstreams).forEach((version) => {
    routes[version] = own(weights, version) || 0;
  });
  Object.keys(weights).forEach((version) => {
    if (weights[version] > 0 && own(routes, version) === undefined) {
      throw new Error(`version ${version} has a weight but no upstream yet`);
    }
  });
  return routes;
}

/** Longer leases come from a clock that is wrong; LONGEST_LEASE_SECONDS in contracts/canary.ts. */
const LONGEST_LEASE_MS = 600000;

/** The lease of a model's canary, undefined without one. Throws where it breaks a rule. */
function readLease(entry, now) {
  const canary = entry.canary;
  if (canary === undefined || (isObject(canary) && canary.until === undefined)) return undefined;
  if (!isObject(canary)) throw new Error('its canary is no object');
  const until = typeof canary.until === 'string' ? Date.parse(canary.until) : NaN;
  if (!(until > 0)) throw new Error('the lease of its canary does not end at a time');
  if (until - now > LONGEST_LEASE_MS) {
    throw new Error(
      'the lease of its canary ends in more than 10 minutes: the clock of its author or of this node is wrong',
    );
  }
  if (!entry.versions.some((item) => item.version === canary.champion)) {
    throw new Error('the champion of its canary is not listed');
  }
  return { until: until, champion: canary.champion };
}

/**
 * The routes, less the canaries whose lease has ended: their champion takes all requests.
 */
function inForce(routes, leases, now) {
  Object.keys(leases).forEach((model) => {
    const lease = leases[model];
    const weights = own(routes, model);
    if (weights === undefined || now <= lease.until || own(weights, lease.champion) === undefined) return;
    Object.keys(weights).forEach((version) => {
      weights[version] = version === lease.champion ? 100 : 0;
    });
  });
  return routes;
}

/** Last good weights, as far as their versions still have an upstream. */
function keep(before, upstreams) {
  const routes = {};
  Object.keys(upstreams).forEach((version) => {
    routes[version] = own(before, version) || 0;
  });
  return routes;
}

/**
 * The routes that follow from a list, given those before. What breaks a rule changes nothing for its model.
 * @param {string | Error} text the list, or why it cannot be read
 * @param {object} leased the leases before
 * @param {number} now milliseconds since 1970
 * @returns {{routes: object, leases: object, refused: object}}
 */
function nextRoutes(text, before, upstreams, leased, now) {
  const routes = {};
  const leases = {};
  const refused = {};
  let models = {};
  try {
    if (typeof text !== 'string') throw text;
    models = readModels(text);
  } catch (error) {
    refused['*'] = error.message;
  }
  Object.keys(models).forEach((model) => {
    if (!MODEL.test(model))
      refused['*'] = 'the name of a model is not lower-case letters, digits and hyphens';
  });
  if (refused['*'] !== undefined) models = {};
  Object.keys(upstreams).forEach((model) => {
    const last = keep(own(before, model) || {}, upstreams[model]);
    const entry = own(models, model);
    const isGone = entry === undefined && refused['*'] === undefined;
    routes[model] = isGone ? keep({}, upstreams[model]) : last;
    if (!isGone && own(leased, model) !== undefined) leases[model] = leased[model];
  });
  Object.keys(models).forEach((model) => {
    const groups = own(upstreams, model);
    try {
      const weights = readWeights(models[model], groups || {});
      const lease = readLease(models[model], now);
      if (groups !== undefined) {
        routes[model] = weights;
        delete leases[model];
        if (lease !== undefined) leases[model] = lease;
      }
    } catch (error) {
      refused[model] = error.message;
    }
  });
  return { routes: routes, leases: leases, refused: refused };
}

/**
 * The version that a bucket, 0 to 99, falls to; '' where none takes requests. The newest version comes first: a share
 * that grows keeps the requests it had.
 * @param {object} has versions that have an upstream in this process: one that is finishing its last connections
 *   after a reload may meet a version that it does not know
 */
function draw(weights, bucket, has) {
  const known = Object.keys(weights)
    .filter((version) => own(has, version) !== undefined)
    .sort((a, b) => Number(b) - Number(a));
  let sum = 0;
  Object.keys(weights).forEach((version) => {
    sum += weights[version];
  });
  if (sum === 0) return '';
  let below = 0;
  let chosen = '';
  known.forEach((version) => {
    if (chosen === '' && bucket < below + weights[version]) chosen = version;
    below += weights[version];
  });
  return chosen || known.filter((version) => weights[version] > 0)[0] || known[0] || '';
}

export default { draw: draw, inForce: inForce, nextRoutes: nextRoutes, own: own };
