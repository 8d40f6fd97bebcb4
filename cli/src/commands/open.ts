import { forward } from '../cluster/endpoint';
import { partsOf } from '../parts';
import { login, openSession } from '../session';
import { table } from '../render/table';

/** Prints addresses and credentials of the platform's components; forwards their ports on an existing cluster. */
export async function open(signal: AbortSignal, options: { json?: boolean }): Promise<void> {
  const session = openSession(signal);
  const { config } = session;
  const parts = partsOf(config);
  const forwarded =
    config.cluster.type === 'kind'
      ? []
      : await Promise.all(
          // Parts may share a port.
          [...new Map(parts.map(({ port, service }) => [port, service]))].map(([port, service]) =>
            forward(session.kubernetes(), service, config.ports[port]),
          ),
        );
  const rows = await Promise.all(
    parts.map(async ({ name, port, path = '', service, secret }) => ({
      name,
      address: `http://127.0.0.1:${String(config.ports[port])}${path}`,
      username: undefined,
      password: undefined,
      ...(secret === undefined ? {} : await login(session, service.title, secret)),
    })),
  );
  if (options.json === true) console.log(JSON.stringify(rows, null, 2));
  else {
    console.log(
      table(
        ['component', 'address', 'user', 'password'],
        rows.map((row) => [row.name, row.address, shown(row.username), shown(row.password)]),
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

/** Some parts have a password and no users, or neither. */
function shown(text: string | undefined): string {
  return text === undefined || text === '' ? '–' : text;
}
