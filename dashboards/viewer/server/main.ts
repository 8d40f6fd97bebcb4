import { createServer } from 'node:http';
import { readSettings, type Settings } from './settings';
import { viewer } from './viewer';

/** Starts the server; SIGTERM and SIGINT stop it once requests in flight are answered. */
function start(settings: Settings): void {
  const server = createServer({ requestTimeout: 30_000 }, viewer(settings));
  server.on('error', (error) => {
    stop(`Port ${settings.port} cannot be opened: ${error.message}`);
  });
  server.listen(settings.port, settings.host, () => {
    console.log(JSON.stringify({ level: 'info', message: 'listening', address: server.address() }));
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      server.close();
      server.closeIdleConnections();
    });
  }
}

function stop(message: string): void {
  console.error(JSON.stringify({ level: 'error', message }));
  process.exitCode = 1;
}

try {
  start(readSettings(process.env));
} catch (error) {
  stop((error as Error).message);
}
