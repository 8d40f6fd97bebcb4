/** Why something failed, in one line: an error's message and those of its causes. */
export function reasonOf(error: unknown): string {
  if (!hasMessage(error)) return String(error);
  const { message, cause, errors } = error;
  if (Array.isArray(errors)) return errors.map(reasonOf).join('; ');
  return hasMessage(cause) ? `${message.replace(/\.$/, '')}: ${reasonOf(cause)}` : message;
}

interface Failure {
  readonly message: string;
  readonly cause?: unknown;
  /** Of an AggregateError. */
  readonly errors?: unknown;
}

/** Not by class: a DOMException is no Error everywhere, nor is an error that another realm made. */
function hasMessage(error: unknown): error is Failure {
  return (
    typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string'
  );
}
