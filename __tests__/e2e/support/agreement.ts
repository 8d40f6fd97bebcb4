import { readFileSync } from 'node:fs';

import { withMlflow } from '../../../cli/src/session';
import { serving, stateOf } from '../../../rollout/releases';
import { readReleases } from '../../../rollout/kubernetes/release-document';
import { platform } from './cluster';
import { exampleRequest, gateway } from './platform';
import { expectThat } from '../../support/expect-that';
import { within } from '../../support/within';

/** Sends the example request through the gateway, or another address of it. */
export async function predict(
  headers: Record<string, string> = {},
  address = gateway,
): Promise<{ status: number; version: string | null; scores: number[] }> {
  const url = `${address}/v2/models/fraud/infer`;
  const { response, body } = await within(30, `an answer of ${url}`, async (signal) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: readFileSync(exampleRequest),
      signal,
    });
    return { response, body: (await response.json()) as { outputs?: { data: number[] }[] } };
  });
  const version = response.headers.get('x-model-version');
  return { status: response.status, version, scores: body.outputs?.[0]?.data ?? [] };
}

/** Everything that claims to know which version serves must name the same one. */
export async function expectAgreementOn(version: string): Promise<void> {
  const open = platform();
  const releases = await readReleases(open.kubernetes());
  expectThat(serving(stateOf(releases, 'fraud'))?.version, 'release list').toBe(version);
  const aliases = await withMlflow(open, (mlflow) => mlflow.aliases('fraud'));
  expectThat(aliases.champion, 'MLflow alias').toBe(version);
  const { items } = await open.kubernetes().core.listNamespacedPod({
    namespace: 'mlops-serving',
    labelSelector: `mlops.dev/model=fraud,mlops.dev/model-version=${version}`,
  });
  expectThat(
    items.filter(({ status }) => status?.phase === 'Running').length,
    'running pods',
  ).toBeGreaterThan(0);
  const answers = await Promise.all(Array.from({ length: 20 }, () => predict()));
  expectThat(new Set(answers.map((answer) => answer.version)), 'answers').toEqual(new Set([version]));
  expectThat(await open.terraform.planIsEmpty('serving'), 'terraform plan').toBe(true);
}
