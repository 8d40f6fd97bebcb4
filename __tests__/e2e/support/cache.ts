import { existsSync, readdirSync } from 'node:fs';

/** Whether nothing was prepared before, so that what follows is a cold start. */
export function cacheIsEmpty(folder: string): boolean {
  return (
    process.env.MLOPS_CACHE_FROM === undefined && (!existsSync(folder) || readdirSync(folder).length === 0)
  );
}
