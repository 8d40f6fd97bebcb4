import { SERVICE } from '../../../contracts/services';
import { forward, type ServiceName } from '../cluster/endpoint';
import { mlflowCredentials, openSession } from '../session';
import { table } from '../render/table';

/** Prints addresses and credentials of the platform's components; forwards their ports on an existing cluster. */
export async function open(signal: AbortSignal, options: { json?: boolean }): Promise<void> {
  const session = openSession(signal);
  const { config } = session;
  const { username, password } = await mlflowCredentials(session);
  const shown: readonly ServiceName[] = ['gateway', 'mlflow', 'registry'];
  const forwarded =
    config.cluster.type === 'kind'
      ? []
      : await Promise.all(
          shown.map((name) => forward(session.kubernetes(), SERVICE[name], config.ports[name])),
        );
  const rows = shown.map((name) => ({
    name,
    address: `http://127.0.0.1:${String(config.ports[name])}`,
    ...(name === 'mlflow' ? { username, password } : {}),
  }));
  if (options.json === true) console.log(JSON.stringify(rows, null, 2));
  else {
    console.log(
      table(
        ['component', 'address', 'user', 'password'],
        rows.map((row) => [row.name, row.address, row.username ?? '–', row.password ?? '–']),
      ),
    );
  }
  if (forwarded.length === 0) return;
  console.error('Forwarding ports; stop with Ctrl-C.');
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
  for (const each of forwarded) each.close();
}
