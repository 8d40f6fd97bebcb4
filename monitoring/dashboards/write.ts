import { writeFileSync } from 'node:fs';
import { renderDashboards } from './index';

// usage: npx tsx monitoring/dashboards/write.ts   writes monitoring/dashboards/golden
for (const [file, text] of renderDashboards())
  writeFileSync(new URL(`golden/${file}`, import.meta.url), text);
