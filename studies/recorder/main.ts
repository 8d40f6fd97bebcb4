/** Writes the figures of docs/results into README.md. usage: main.ts */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from '../../contracts/repository';
import { withRecordedFigures } from './readme';

const file = join(ROOT, 'README.md');
writeFileSync(file, withRecordedFigures(readFileSync(file, 'utf8')));
