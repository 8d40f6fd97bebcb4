import { existsSync } from 'node:fs';
import type { EngineCall } from './engine';
import { aptInstall } from './engine-install';

/** Debian's; another with CHROMIUM=path. */
export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

/**
 * Installs the browser that tests look at dashboards with, unless it is there.
 * @throws PreparationError notRoot, notDebian, commandFailed
 */
export async function ensureBrowser(call: EngineCall): Promise<void> {
  if (existsSync(CHROMIUM)) return;
  call.report('installing chromium with apt-get');
  await aptInstall(['chromium', 'fonts-liberation'], call);
}
