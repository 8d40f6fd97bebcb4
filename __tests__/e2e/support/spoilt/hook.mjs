// Spoils a model server in the way that SPOILT says. Tests add it to a packaged model as a layer of its own: no image that
// serves has it. Loaded with --import, before the server.
import http from 'node:http';
import { readFileSync } from 'node:fs';

const fault = process.env.SPOILT;
const DELAY_MS = 200;
const ERROR_SHARE = 0.05;
const always = fault === 'constant' ? readFileSync(new URL('request.json', import.meta.url)) : undefined;
const emit = http.Server.prototype.emit;
const parse = JSON.parse;

// A threshold that a model's metadata states wrongly: every score is at it or above.
if (fault === 'alarms')
  JSON.parse = (...args) => {
    const value = parse(...args);
    if (value !== null && typeof value === 'object' && 'threshold' in value) value.threshold = 0;
    return value;
  };

http.Server.prototype.emit = function (event, ...args) {
  const [request, response] = args;
  if (event !== 'request' || !request.url.endsWith('/infer')) return emit.call(this, event, ...args);
  switch (fault) {
    case 'errors':
      if (Math.random() >= ERROR_SHARE) return emit.call(this, event, ...args);
      request.socket.destroy();
      return true;
    case 'alarms':
      return emit.call(this, event, ...args);
    case 'slow':
      setTimeout(() => emit.call(this, event, ...args), DELAY_MS);
      return true;
    case 'hang':
      return true;
    case 'crash':
      // A container's first process cannot kill itself with a signal.
      process.exit(1);
      return true;
    case 'constant':
      request.resume();
      request.on('end', () => emit.call(this, event, withBody(request, always), response));
      return true;
    default:
      throw new Error(`SPOILT is ${fault}`);
  }
};

/** The request as if it had another body. */
function withBody(request, body) {
  const other = new http.IncomingMessage(request.socket);
  for (const field of ['method', 'url', 'httpVersion', 'httpVersionMajor', 'httpVersionMinor'])
    other[field] = request[field];
  other.headers = { ...request.headers, 'content-length': String(body.length) };
  other.push(body);
  other.push(null);
  other.complete = true;
  return other;
}
