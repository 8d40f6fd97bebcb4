import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { CI, CI_BUILDERS } from '../../contracts/ci';
import { SERVICE } from '../../contracts/services';
import { ROOT } from '../../contracts/repository';

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

describe("the CI's Python and its contract", () => {
  it('have the same builders', () => {
    const [, dictionary = ''] = /^BUILDERS[^{]*\{$([^]*?)^\}$/m.exec(read('ci/builders.py')) ?? [];
    const builders = [...dictionary.matchAll(/^ {4}"(\w+)": Builder\(/gm)].map(([, name]) => name);
    expect(builders).toEqual([...CI_BUILDERS]);
  });

  it('have the same users', () => {
    const login = read('ci/login.py');
    expect(login).toContain(`USER = "${CI.user}"`);
    expect(login).toContain(`WEBHOOK_USER = "${CI.webhookUser}"`);
  });

  it('give runners the same name', () => {
    expect(read('ci/pod_spec.py')).toContain(`"app.kubernetes.io/name": "${CI.runnerApp}"`);
    expect(read('charts/ci-master/templates/network-policy.yaml')).toContain(
      `app.kubernetes.io/name: ${CI.runnerApp}\n`,
    );
  });

  it('have the same webhook', () => {
    expect(read('ci/configuration.py')).toContain(`"${CI.alertsPath.split('/').at(-1) ?? ''}": {`);
  });
});

it('the chart has the name by which its pods are found', () => {
  expect(read('charts/ci-master/Chart.yaml')).toContain(`name: ${SERVICE.ci.app}\n`);
});
