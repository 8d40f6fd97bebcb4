/** Settings from the environment. */
export interface Settings {
  readonly host: string;
  readonly port: number;
  /** Folder with the bundled page. */
  readonly page: string;
  /** Folder of dashboards in Grafana's classic JSON, one per file. */
  readonly dashboards: string;
  readonly login: Login;
  readonly prometheus: { readonly url: URL; readonly login: Login };
}

export interface Login {
  readonly username: string;
  readonly password: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws Error that says what is missing or wrong */
export function readSettings(env: Environment): Settings {
  const need = (name: string, what: string): string => {
    const value = env[name] ?? '';
    if (value === '') throw new Error(`${name} is not set. Set it to ${what}.`);
    return value;
  };
  return {
    host: env.HOST ?? '0.0.0.0',
    port: port(env.PORT ?? '3000'),
    page: need('PAGE', 'the folder of the bundled page'),
    dashboards: need('DASHBOARDS', 'a folder with dashboards as JSON files'),
    login: {
      username: need('VIEWER_USERNAME', 'the user that may look'),
      password: need('VIEWER_PASSWORD', 'the password of VIEWER_USERNAME'),
    },
    prometheus: {
      url: address(need('PROMETHEUS_URL', 'the address of Prometheus, such as http://prometheus:9090')),
      login: {
        username: need('PROMETHEUS_USERNAME', 'the user that Prometheus knows'),
        password: need('PROMETHEUS_PASSWORD', 'the password of PROMETHEUS_USERNAME'),
      },
    },
  };
}

function port(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 65535) return value;
  throw new Error(`PORT is "${text}". Set it to a port: 0 to 65535.`);
}

function address(text: string): URL {
  if (URL.canParse(text) && new URL(text).protocol === 'http:') return new URL(text);
  throw new Error(
    `PROMETHEUS_URL is "${text}". Set it to an http:// address, such as http://prometheus:9090.`,
  );
}
