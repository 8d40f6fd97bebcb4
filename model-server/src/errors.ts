/** The parts of every user-facing error. */
export interface Complaint {
  /** What was wrong and where. */
  readonly what: string;
  /** The value found, as short text. */
  readonly got: string;
  /** What was expected. */
  readonly expected: string;
  /** How to fix it. */
  readonly fix: string;
}

export type StartReason =
  | 'setting-invalid'
  | 'metadata-missing'
  | 'metadata-invalid'
  | 'reference-invalid'
  | 'format-unsupported'
  | 'file-missing'
  | 'size-mismatch'
  | 'digest-mismatch'
  | 'graph-unreadable'
  | 'external-data'
  | 'foreign-operator'
  | 'opset-mismatch'
  | 'ensemble-malformed'
  | 'signature-unsupported'
  | 'signature-mismatch'
  | 'feature-count-mismatch'
  | 'graph-rejected'
  | 'warm-up-failed'
  | 'cannot-listen';

export type RequestReason =
  | 'not-found'
  | 'method-not-allowed'
  | 'unknown-model'
  | 'unknown-version'
  | 'body-invalid'
  | 'body-too-large'
  | 'encoding-unsupported'
  | 'envelope-invalid'
  | 'tensor-unknown'
  | 'datatype-unsupported'
  | 'shape-invalid'
  | 'too-many-rows'
  | 'data-invalid'
  | 'value-invalid'
  | 'value-out-of-range'
  | 'record-invalid'
  | 'header-too-large'
  | 'header-invalid'
  | 'timeout'
  | 'aborted'
  | 'overloaded'
  | 'model-failed'
  | 'internal';

/** Stops the server from starting: it is logged and the process exits with code 1. */
export class StartError extends Error {
  constructor(
    readonly reason: StartReason,
    readonly complaint: Complaint,
    options?: ErrorOptions,
  ) {
    super(sentence(complaint), options);
    this.name = 'StartError';
  }
}

/** A refused request, answered with `{"error": message}` and the given HTTP status. */
export class RequestError extends Error {
  constructor(
    readonly status: number,
    readonly reason: RequestReason,
    complaint: Complaint,
    options?: ErrorOptions,
  ) {
    super(sentence(complaint), options);
    this.name = 'RequestError';
  }
}

/** `what: got …, expected …. Fix.` */
export function sentence({ what, got, expected, fix }: Complaint): string {
  return `${what}: got ${got}, expected ${expected}. ${fix}`;
}

const SHOWN_CHARACTERS = 60;
const SHOWN_ELEMENTS = 8;

/** Any value as one short line; long and nested values are cut. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') {
    const cut = value.length > SHOWN_CHARACTERS;
    return cut ? `${JSON.stringify(value.slice(0, SHOWN_CHARACTERS))}…` : JSON.stringify(value);
  }
  if (value === null || typeof value === 'boolean') return String(value);
  if (!Array.isArray(value)) return 'an object';
  // Not recursive: a request may nest arrays deeper than the stack.
  const nested = value.some((element) => typeof element === 'object' && element !== null);
  if (nested || value.length > SHOWN_ELEMENTS) return `an array of ${value.length}`;
  return `[${value.map(show).join(', ')}]`;
}

/** The message of anything thrown. */
export function reasonText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
