import type { LogLine } from '../logs/line';

/** Told elsewhere in the line. */
const PLACED = new Set(['time', 'level', 'msg', 'method', 'path', 'status', 'seconds', 'err']);

/** A line of a log for a terminal; one that is not JSON stays as it is. */
export function describeLine({ at, pod, text, fields }: LogLine): string {
  const head = `${at.slice(0, 23).replace('T', ' ')}  ${pod}`;
  if (fields === undefined) return `${head}  ${text}`;
  const { level, msg, method, path, status, seconds, err } = fields;
  const request = [method, path, status].filter((each) => each !== undefined).map(word);
  const parts = [
    word(level ?? '-').padEnd(5),
    ...(msg === undefined ? [] : [word(msg)]),
    ...request,
    ...(typeof seconds === 'number' ? [`${(seconds * 1000).toFixed(0)} ms`] : []),
    ...Object.entries(fields)
      .filter(([name, value]) => !PLACED.has(name) && value !== '' && value !== null)
      .map(([name, value]) => `${name}=${word(value)}`),
  ];
  return [`${head}  ${parts.join(' ')}`, ...causeOf(err)].join('\n');
}

function word(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** An error takes lines of its own: its stack says where. */
function causeOf(error: unknown): readonly string[] {
  if (typeof error !== 'object' || error === null) return [];
  const { stack, message } = error as { stack?: unknown; message?: unknown };
  const told = typeof stack === 'string' ? stack : word(message ?? error);
  return told.split('\n').map((line) => `    ${line}`);
}
