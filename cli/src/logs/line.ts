/** One line of a pod's log. */
export interface LogLine {
  /** When the line was written: ISO 8601, UTC, with nine digits of a second, so that text sorts as time does. */
  readonly at: string;
  readonly pod: string;
  readonly text: string;
  /** What the line says, where it is a JSON object. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

export interface LineFilter {
  readonly model?: string;
  /** A request id, prediction id or trace id. */
  readonly request?: string;
}

const STAMPED = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?Z (.*)$/;

/** @param raw a line as kubelet gives it, behind its time */
export function parseLine(pod: string, raw: string): LogLine | undefined {
  const [, seconds, fraction = '', text = ''] = STAMPED.exec(raw) ?? [];
  if (seconds === undefined || text.trim() === '') return undefined;
  const fields = parseFields(text);
  const at = `${seconds}.${fraction.padEnd(9, '0')}Z`;
  return { at, pod, text, ...(fields === undefined ? {} : { fields }) };
}

function parseFields(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** The gateway and the model server name them each in their own way. */
const ID_FIELDS = ['request_id', 'requestId', 'trace_id', 'traceId'];

/** Whether a line is about the model and the request; a line that names no model may be about any. */
export function isWanted({ fields, text }: LogLine, { model, request }: LineFilter): boolean {
  const named = fields?.model;
  if (model !== undefined && typeof named === 'string' && named !== '' && named !== model) return false;
  if (request === undefined) return true;
  const ids = [request, requestOf(request)];
  if (fields === undefined) return ids.some((id) => text.includes(id));
  return ID_FIELDS.some((name) => ids.some((id) => fields[name] === id));
}

/** The request of a prediction: in a batch its row follows the id. */
export function requestOf(predictionId: string): string {
  return predictionId.replace(/\/\d+$/, '');
}

export function byTime(a: LogLine, b: LogLine): number {
  return a.at < b.at ? -1 : a.at > b.at ? 1 : 0;
}
