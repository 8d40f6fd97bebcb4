import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly tags: readonly string[];
  /** The dashboard as in its file. */
  readonly json: string;
}

/** The dashboards of a folder by title. Files not in Grafana's classic schema are skipped and reported. */
export async function readDashboards(
  folder: string,
): Promise<{ readonly dashboards: readonly Dashboard[]; readonly faults: readonly string[] }> {
  const dashboards: Dashboard[] = [];
  const faults: string[] = [];
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  for (const name of names) {
    const found = parse(await readFile(join(folder, name), 'utf8'));
    if (typeof found === 'string') faults.push(`${name}: ${found}`);
    else dashboards.push(found);
  }
  return { dashboards: dashboards.sort((a, b) => a.title.localeCompare(b.title, 'en')), faults };
}

function parse(json: string): Dashboard | string {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    return `not JSON: ${(error as Error).message}`;
  }
  const { uid, title, tags, panels } = (value ?? {}) as Record<string, unknown>;
  if (typeof uid !== 'string' || typeof title !== 'string' || !Array.isArray(panels)) {
    return 'no dashboard of the classic schema, which has uid, title and panels';
  }
  return { uid, title, tags: Array.isArray(tags) ? tags.map(String) : [], json };
}
