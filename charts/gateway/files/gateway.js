/**
 * What nginx asks per request and five times a second. Every request runs in a fresh copy of this module, so what
 * lasts is in the shared zone: `routes`, `leases` and `refused` as in routes.js, `seen`, of what they were made, and
 * `workers`, the process ids of nginx' workers, newest last. What is counted is in a zone of its own, see metrics.js.
 */
import crypto from 'crypto';
import fs from 'fs';
import counting from 'metrics.js';
import listing from 'releases.js';
import routing from 'routes.js';

const zone = ngx.shared.gateway;
const own = routing.own;

function stored(key) {
  return JSON.parse(zone.get(key) || '{}');
}

/** More than one reload a second can leave behind until worker_shutdown_timeout. */
const WORKERS = 64;

/**
 * Whether this worker decides what is in force. After a reload the old one runs on for a while: it knows only the old
 * upstreams, by which it would refuse the list that the new one has accepted.
 */
function isNewest() {
  const workers = JSON.parse(zone.get('workers') || '[]');
  const at = workers.indexOf(process.pid);
  if (at < 0) zone.set('workers', JSON.stringify(workers.concat(process.pid).slice(-WORKERS)));
  return at < 0 || at === workers.length - 1;
}

/** Brings a changed release list into force. `s` is a request or the timer's session. */
function refresh(s) {
  if (!isNewest()) return;
  const variables = s.variables;
  let text;
  try {
    text = fs.readFileSync(variables.release_list, 'utf8');
  } catch (error) {
    text = new Error(
      error.code === 'ENOENT' ? 'it does not exist yet' : `it cannot be read: ${error.message}`,
    );
  }
  const seen = crypto
    .createHash('sha256')
    .update(`${variables.upstreams}\n${typeof text === 'string' ? text : text.message}`)
    .digest('hex');
  if (zone.get('seen') === seen) return;
  const before = stored('refused');
  const upstreams = JSON.parse(variables.upstreams);
  const next = routing.nextRoutes(text, stored('routes'), upstreams, stored('leases'), Date.now());
  zone.set('routes', JSON.stringify(next.routes));
  zone.set('leases', JSON.stringify(next.leases));
  zone.set('refused', JSON.stringify(next.refused));
  zone.set('seen', seen);
  counting.prune(ngx.shared.metrics, next.routes);
  Object.keys(next.refused).forEach((model) => {
    if (own(before, model) === next.refused[model]) return;
    const which = model === '*' ? 'the release list' : `the release list's entry of model ${model}`;
    ngx.log(ngx.ERR, `${which} is not in force: ${next.refused[model]}; the last good weights stay`);
  });
}

/** Routes in force. The first request may come before the timer. */
function inForce(r) {
  if (zone.get('seen') === undefined) refresh(r);
  return routing.inForce(stored('routes'), stored('leases'), Date.now());
}

/** The version in the path, else in the header; undefined leaves it to the weights. */
function asked(r) {
  const path = r.variables.version_path;
  if (path) return path.slice('versions/'.length);
  return r.headersIn['x-model-version'] || undefined;
}

/** Name of the upstream for a request, '' where there is none: refuse() then says why. */
function upstream(r) {
  const groups = own(JSON.parse(r.variables.upstreams), r.variables.model);
  // Labels name a model and ask for none.
  if (groups === undefined) return '';
  let version = asked(r);
  if (version === undefined) {
    version = routing.draw(own(inForce(r), r.variables.model) || {}, Number(r.variables.bucket), groups);
  }
  return own(groups, version) || '';
}

/**
 * Name of the upstream that answers where the canary fails; '' for a request that is not the canary's, or whose client
 * asks for its version.
 */
function fallback(r) {
  const model = r.variables.model;
  const lease = own(stored('leases'), model || '');
  const groups = own(JSON.parse(r.variables.upstreams), model || '');
  if (lease === undefined || groups === undefined || asked(r) !== undefined) return '';
  const champion = own(groups, lease.champion) || '';
  return champion === r.variables.upstream ? '' : champion;
}

/**
 * '1' for a request that replays logged rows: its header is passed on, and it is not counted. Only to a version that is
 * asked for by name and has no traffic, so that no client keeps out of the log.
 */
function replay(r) {
  if (r.headersIn['x-model-replay'] === undefined) return '';
  const version = asked(r);
  const weights = own(inForce(r), r.variables.model || '') || {};
  return version !== undefined && own(weights, version) === 0 ? '1' : '';
}

function answer(r, status, body) {
  r.headersOut['Content-Type'] = 'application/json';
  r.return(status, JSON.stringify(body));
}

/** Why a model's request has no upstream. */
function refuse(r) {
  const model = r.variables.model;
  const running = Object.keys(own(JSON.parse(r.variables.upstreams), model));
  const body = { error: '', model: model, running: running };
  if (asked(r) !== undefined) {
    body.error = `this version of model ${model} does not run; running: ${running.join(', ')}; ask for one of them or leave out the version`;
    answer(r, 404, body);
    return;
  }
  body.error = whyNone(model);
  answer(r, 503, body);
}

function whyNone(model) {
  const refused = stored('refused');
  const why = own(refused, model) || refused['*'];
  return why === undefined
    ? `no version of model ${model} takes requests yet; wait for its deployment, or run: mlops deploy ${model}@VERSION`
    : `no version of model ${model} takes requests: the release list is not in force, ${why}; run mlops status`;
}

/** The routes in force and the configuration, for whoever waits for them. */
function config(r) {
  const models = inForce(r);
  answer(r, 200, {
    pod: r.variables.hostname,
    hash: r.variables.config_hash,
    models: models,
    refused: stored('refused'),
  });
}

/**
 * Counts the request; asked once, when it is logged. Always '1': whatever goes wrong, the line is written.
 */
function counted(r) {
  try {
    if (replay(r) === '') counting.count(ngx.shared.metrics, r.variables);
  } catch (error) {
    r.error(`the request is missing from the metrics: ${error.message}`);
  }
  return '1';
}

/** Text of a file; empty where it cannot be read. */
function read(path) {
  try {
    return fs.readFileSync(path, 'utf8');
  } catch (error) {
    return '';
  }
}

/** What was counted, and what the release list says, for Prometheus. */
function metrics(r) {
  const counted = counting.exposition(ngx.shared.metrics, inForce(r), stored('refused'));
  const listed = listing
    .gauges(read(r.variables.release_list), read(r.variables.release_history))
    .map((each) => counting.family(each.name, 'gauge', each.help, each.lines))
    .join('');
  r.headersOut['Content-Type'] = 'text/plain; version=0.0.4; charset=utf-8';
  r.return(200, counted + listed);
}

/** Ready when a version that takes requests says so itself. */
async function ready(r) {
  const upstreams = JSON.parse(r.variables.upstreams);
  const models = inForce(r);
  const probes = [];
  const names = [];
  Object.keys(models).forEach((model) => {
    Object.keys(models[model]).forEach((version) => {
      const group = own(own(upstreams, model) || {}, version);
      if (models[model][version] === 0 || group === undefined) return;
      names.push(`${model}@${version}`);
      probes.push(
        r
          .subrequest('/-/probe', { args: `group=${group}`, method: 'GET' })
          .then((reply) => reply.status === 200 && reply.headersOut['x-model-version'] === version),
      );
    });
  });
  const alive = await Promise.all(probes);
  if (alive.indexOf(true) >= 0) {
    answer(r, 200, { ready: true });
    return;
  }
  const listed = Object.keys(models);
  let error = 'no model is deployed; train and deploy one: mlops train MODEL';
  if (names.length > 0) error = `no pod of ${names.join(', ')} is ready; see mlops status`;
  else if (listed.length > 0) error = listed.map(whyNone).join('. ');
  answer(r, 503, { ready: false, error: error });
}

/**
 * An answer that does not name the version that was asked is not from a model server: something else has its address.
 * Its headers and body are dropped.
 */
function checkOrigin(r) {
  refuseForeign(r, r.variables.upstream, r.variables.expected_version);
}

/** The same of the champion's answer to a canary's request. */
function checkFallback(r) {
  refuseForeign(r, r.variables.fallback, r.variables.fallback_version);
}

function refuseForeign(r, upstreamName, version) {
  if (r.headersOut['x-model-version'] === version) return;
  r.variables.foreign = '1';
  r.error(`${r.variables.upstream_addr} is no pod of ${upstreamName}: its answer is dropped`);
  Object.keys(r.headersOut).forEach((name) => {
    if (name.toLowerCase() !== 'x-request-id') delete r.headersOut[name];
  });
  r.status = 502;
  r.headersOut['Content-Type'] = 'application/json';
}

function dropForeign(r, data, flags) {
  if (r.variables.foreign === '') {
    r.sendBuffer(data, flags);
    r.done();
    return;
  }
  if (r.variables.foreign === '1') {
    r.variables.foreign = '2';
    r.sendBuffer(
      JSON.stringify({
        error: 'the answer did not come from the model; send the request again, or see mlops status',
      }),
      { last: true },
    );
  }
}

export default {
  checkFallback: checkFallback,
  checkOrigin: checkOrigin,
  config: config,
  counted: counted,
  dropForeign: dropForeign,
  fallback: fallback,
  metrics: metrics,
  ready: ready,
  refresh: refresh,
  refuse: refuse,
  replay: replay,
  upstream: upstream,
};
