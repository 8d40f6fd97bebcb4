import { setMaxListeners } from 'node:events';

/**
 * What ends a command. Every step that runs listens to it, and nothing leaks; so the number of listeners
 * has no limit. Node 20 writes that as 0, too, but then fails when undici asks for it before a download.
 */
export function stopController(): AbortController {
  const controller = new AbortController();
  setMaxListeners(Infinity, controller.signal);
  return controller;
}
