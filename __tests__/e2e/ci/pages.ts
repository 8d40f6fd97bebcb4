import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { login, withCi, type Session } from '../../../cli/src/session';
import { NAMESPACE } from '../../../contracts/namespaces';
import { SECRET } from '../../../contracts/objects';
import { SERVICE } from '../../../contracts/services';

const VIEWPORT = { width: 1400, height: 900 };

/** Opens a failed build, which asks for the login, and the list of builders. @returns what the build's page says */
export async function showCi(
  browser: Browser,
  session: Session,
  id: number,
  folder: string,
): Promise<string> {
  const credentials = await login(session, SERVICE.ci.title, { name: SECRET.ci, namespace: NAMESPACE.ci });
  const build = await withCi(session, (ci) => ci.build(id));
  if (build === undefined) throw new Error(`no build ${String(id)}`);
  const server = `http://127.0.0.1:${String(session.config.ports.ci)}`;
  const page = await browser.newPage({ viewport: VIEWPORT, httpCredentials: credentials });
  await page.goto(`${server}/#/builders/${build.builder}/builds/${String(build.number)}`);
  await page.getByText('train', { exact: false }).first().waitFor({ timeout: 30_000 });
  await page.getByText('MLflow', { exact: false }).first().waitFor({ timeout: 30_000 });
  const text = await page.locator('body').innerText();
  await page.screenshot({ path: join(folder, 'ci-build.png') });
  await page.goto(`${server}/#/builders`);
  await page.getByText('reconcile').first().waitFor({ timeout: 30_000 });
  await page.screenshot({ path: join(folder, 'ci-builders.png') });
  await page.close();
  return text;
}

/** Opens the first version of the model in MLflow. @returns what the page says */
export async function showMlflow(browser: Browser, session: Session, folder: string): Promise<string> {
  const credentials = await login(session, SERVICE.mlflow.title, {
    name: SECRET.mlflow,
    namespace: NAMESPACE.registry,
  });
  const server = `http://127.0.0.1:${String(session.config.ports.mlflow)}`;
  const page = await browser.newPage({ viewport: VIEWPORT, httpCredentials: credentials });
  await page.goto(`${server}/#/models/fraud/versions/1`);
  await page.getByText('Model card', { exact: false }).first().waitFor({ timeout: 30_000 });
  const text = await page.locator('body').innerText();
  await page.screenshot({ path: join(folder, 'mlflow-version.png') });
  await page.close();
  return text;
}
