import { writeFileSync } from 'node:fs';
import { renderDashboards } from './index';

// usage: npx tsx monitoring/dashboards/write.ts   writes monitoring/dashboards/golden
for (const [uid, text] of renderDashboards())
  writeFileSync(new URL(`golden/${uid}.json`, import.meta.url), text);
