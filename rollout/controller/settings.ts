/** What the controller is told by its environment. */
export interface Settings {
  /** Where kubelet asks whether it lives. */
  readonly port: number;
  /** Without a trailing slash. */
  readonly prometheus: string;
  /** `user:password`. */
  readonly prometheusLogin: string;
  /** Its pod, whose earlier processes are known to be dead. */
  readonly pod: string;
  /** Between two looks at a canary. */
  readonly lookSeconds: number;
}

/** @throws Error that names the variable, its value, what was expected and how to set it */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const text = (name: string, pattern: RegExp, expected: string) => {
    const value = environment[name] ?? '';
    if (pattern.test(value)) return value;
    const got = name.endsWith('PASSWORD') ? 'another value' : value === '' ? 'nothing' : `"${value}"`;
    throw new Error(
      `${name} is ${got}; expected ${expected}. The chart rollout-controller sets it: see its values.yaml.`,
    );
  };
  const whole = 'a whole number from 1 to 65535';
  return {
    port: Number(text('PORT', /^[1-9]\d{0,4}$/, whole)),
    prometheus: text('PROMETHEUS_URL', /^https?:\/\/[^/\s]+$/, 'an address such as http://HOST:PORT'),
    prometheusLogin: [
      text('PROMETHEUS_USERNAME', /^\S+$/, 'a user name'),
      text('PROMETHEUS_PASSWORD', /^\S+$/, 'a password'),
    ].join(':'),
    pod: text('POD_NAME', /^[a-z0-9.-]+$/, 'the name of its pod'),
    lookSeconds: Number(text('LOOK_SECONDS', /^[1-9]\d{0,4}$/, whole)),
  };
}
