import { main } from './main';
import { stopController } from './stop';

const controller = stopController();
let signals = 0;
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    signals += 1;
    // The first one lets the step in hand come to a clean end; a third says that the user cannot wait.
    if (signals === 1)
      console.error('\nStopping after the step in hand. Press Ctrl-C twice more to stop at once.');
    if (signals >= 3) process.exit(130);
    controller.abort();
  });
}

process.exit(await main(process.argv.slice(2), controller.signal));
