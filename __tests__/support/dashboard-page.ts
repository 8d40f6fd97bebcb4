import { existsSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';
import { CHROMIUM } from '../../toolchain/index';

/** What is missing on this machine for a browser; undefined for nothing. */
export function missingBrowser(): string | undefined {
  return existsSync(CHROMIUM)
    ? undefined
    : `no chromium at ${CHROMIUM}: run make setup-browser, or set CHROMIUM`;
}

/** Chromium without a sandbox of its own, which root cannot have: it opens pages of the platform only. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
}

export interface DashboardAddress {
  /** Of the server, without a trailing slash. */
  readonly server: string;
  readonly uid: string;
  readonly login: { readonly username: string; readonly password: string };
  /** Such as `now-30m`. @default the dashboard's own */
  readonly from?: string;
}

export interface DrawnDashboard {
  readonly page: Page;
  /** Titles of the panels, by the state that each of them ended in. */
  readonly panels: Readonly<Record<'drawn' | 'empty' | 'failed' | 'unsupported', readonly string[]>>;
  /** Errors of the page, and addresses elsewhere that it fetched. */
  readonly faults: readonly string[];
}

/** Opens a dashboard in a window so high that no panel waits to be scrolled to, and waits for all of them. */
export async function drawDashboard(
  browser: Browser,
  { server, uid, login, from }: DashboardAddress,
): Promise<DrawnDashboard> {
  const page = await browser.newPage({ httpCredentials: login, viewport: { width: 1400, height: 6000 } });
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('request', (request) => {
    const url = request.url();
    if (!/^(data:|blob:)/.test(url) && !url.startsWith(server)) faults.push(url);
  });
  const range = from === undefined ? '' : `&from=${from}&to=now`;
  await page.goto(`${server}/d/${uid}?refresh=off${range}`);
  await page.waitForSelector('[data-panel]', { timeout: 60_000 });
  await page.waitForSelector('[data-panel]:not(:has([data-state]))', { state: 'detached', timeout: 60_000 });
  const inState = async (state: string) => {
    const found = await page.locator(`[data-panel]:has([data-state="${state}"])`).all();
    return Promise.all(found.map(async (each) => (await each.getAttribute('data-panel')) ?? ''));
  };
  const panels = {
    drawn: await inState('drawn'),
    empty: await inState('empty'),
    failed: await inState('failed'),
    unsupported: await inState('unsupported'),
  };
  return { page, panels, faults };
}

/** A picture of the top of a drawn dashboard, as a reader sees it. */
export async function pictureOf(page: Page, path: string): Promise<void> {
  await page.setViewportSize({ width: 1400, height: 1300 });
  // Lines are painted a moment after their panel is there.
  await page.waitForTimeout(1_500);
  await page.screenshot({ path });
}
