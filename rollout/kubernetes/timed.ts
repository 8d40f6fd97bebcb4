/** An API whose every call is given up after a time: a connection that is cut silently would otherwise be waited for. */
export function timed<Api extends object>(api: Api, seconds: number): Api {
  return new Proxy(api, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        const result: unknown = Reflect.apply(value, target, args);
        return result instanceof Promise ? within(result, seconds, String(key)) : result;
      };
    },
  });
}

async function within<T>(call: Promise<T>, seconds: number, name: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`the API server did not answer ${name} within ${seconds} s`));
    }, seconds * 1000);
  });
  try {
    return await Promise.race([call, late]);
  } finally {
    clearTimeout(timer);
  }
}
