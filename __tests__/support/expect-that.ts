import { expect } from '@jest/globals';

type Matchers = ReturnType<typeof expect<unknown>>;

function told<T>(message: string, run: () => T): T {
  const tell = (error: unknown): never => {
    if (error instanceof Error) {
      // Jest prints the stack, and the stack holds the message as it was when the error was made.
      error.stack = `${message}\n\n${error.stack ?? error.message}`;
      error.message = `${message}\n\n${error.message}`;
    }
    throw error;
  };
  try {
    const result = run();
    return result instanceof Promise ? (result.catch(tell) as T) : result;
  } catch (error) {
    return tell(error);
  }
}

function telling<T extends object>(matchers: T, message: string): T {
  return new Proxy(matchers, {
    get(target, name) {
      const found: unknown = Reflect.get(target, name);
      if (typeof found === 'function')
        return (...expected: unknown[]) =>
          told(message, () => (found as (...all: unknown[]) => unknown)(...expected));
      return typeof found === 'object' && found !== null ? telling(found, message) : found;
    },
  });
}

/** expect() that begins its failure with a message: what was looked at, or all that a command printed. */
export function expectThat(actual: unknown, message: string | undefined): Matchers {
  return telling(expect(actual), String(message));
}
