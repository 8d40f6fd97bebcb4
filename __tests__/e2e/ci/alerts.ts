import { login } from '../../../cli/src/session';
import { basicAuth } from '../../../cli/src/login';
import { CI } from '../../../contracts/ci';
import { NAMESPACE } from '../../../contracts/namespaces';
import { SECRET } from '../../../contracts/objects';
import { platform } from '../support/cluster';

const portOf = (part: 'ci' | 'alertmanager') => String(platform().config.ports[part]);

/** Gives Alertmanager an alert, as Prometheus would. */
export async function raise(labels: Readonly<Record<string, string>>): Promise<void> {
  const credentials = await login(platform(), 'Alertmanager', {
    name: SECRET.alertmanager,
    namespace: NAMESPACE.monitoring,
  });
  const response = await fetch(`http://127.0.0.1:${portOf('alertmanager')}/api/v2/alerts`, {
    method: 'POST',
    headers: { authorization: basicAuth(credentials), 'content-type': 'application/json' },
    body: JSON.stringify([{ labels, annotations: {}, startsAt: new Date().toISOString() }]),
  });
  if (!response.ok)
    throw new Error(`Alertmanager answered ${String(response.status)}: ${await response.text()}`);
}

/** What Alertmanager sends for a firing alert. */
export function message(fingerprint: string, startsAt: string): string {
  const labels = { alertname: 'FeatureDrift', model: 'fraud', severity: 'ticket', team: 'ml' };
  const alert = { status: 'firing', labels, annotations: {}, startsAt, fingerprint };
  return JSON.stringify({ version: '4', status: 'firing', receiver: 'training', alerts: [alert] });
}

/** Calls the CI's webhook. @returns the status of its answer */
export async function deliver(body: string, password: string | undefined): Promise<number> {
  const credentials = { username: CI.webhookUser, password: password ?? '' };
  const { status } = await fetch(`http://127.0.0.1:${portOf('ci')}${CI.alertsPath}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(password === undefined ? {} : { authorization: basicAuth(credentials) }),
    },
    body,
  });
  return status;
}

/** The password of the CI's webhook, from where Alertmanager reads it. */
export async function webhookPassword(): Promise<string> {
  const where = { name: SECRET.ciWebhook, namespace: NAMESPACE.monitoring };
  return (await login(platform(), 'The CI', where)).password;
}
