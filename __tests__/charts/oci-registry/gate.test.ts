import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { ROOT } from '../../../contracts/repository';
import { OciRegistry } from '../../../toolchain/oci-registry';
import { waitFor } from '../../support/wait-for';
import {
  crane,
  freePort,
  smallImage,
  startRegistry,
  type RunningRegistry,
} from '../../toolchain/support/oci-registry';
import { describeWithNginx } from '../gateway/support/when-nginx';

const PASSWORD = 'only for tests';

describeWithNginx('the registry in the cluster, behind its nginx', ({ command }) => {
  let folder: string;
  let registry: RunningRegistry;
  let gate: ChildProcess;
  let host: string;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gate-'));
    // Started by root, nginx' worker is another user.
    chmodSync(folder, 0o755);
    registry = await startRegistry(join(folder, 'registry'));
    host = `127.0.0.1:${String(await freePort())}`;
    const users = join(folder, 'users');
    writeFileSync(users, `mlops:{PLAIN}${PASSWORD}\n`);
    const configuration = readFileSync(join(ROOT, 'charts/oci-registry/files/nginx.conf'), 'utf8')
      .replaceAll('/tmp/', `${folder}/`)
      .replace('listen 5000', `listen ${host}`)
      .replace('127.0.0.1:5001', registry.host)
      .replace('/etc/oci-registry-push/users', users);
    writeFileSync(join(folder, 'nginx.conf'), configuration);
    const [program = '', ...args] = command;
    gate = spawn(program, [...args, '-c', join(folder, 'nginx.conf'), '-g', 'daemon off;'], {
      stdio: 'ignore',
    });
    await waitFor(() => fetch(`http://${host}/v2/`), { timeout: 10_000 });
  });

  afterEach(() => {
    gate.kill();
    registry.stop();
    rmSync(folder, { recursive: true });
  });

  const open = (password?: string) => {
    const login = mkdtempSync(join(folder, 'login-'));
    const auth = Buffer.from(`mlops:${password ?? ''}`).toString('base64');
    const auths = password === undefined ? {} : { [host]: { auth } };
    writeFileSync(join(login, 'config.json'), JSON.stringify({ auths }));
    return new OciRegistry({ host, crane: crane ?? '', env: { DOCKER_CONFIG: login } });
  };

  it('takes an image from whoever has the password, and shows it to everybody', async () => {
    await open(PASSWORD).push(smallImage(folder), 'models/fraud:1');
    const digest = await open().digest('models/fraud:1');
    expect(digest).toMatch(/^sha256:/);
    // As nodes pull: without a login.
    const manifest = await fetch(`http://${host}/v2/models/fraud/manifests/${digest ?? ''}`);
    const { layers } = (await manifest.json()) as { layers: { digest: string }[] };
    const layer = await fetch(`http://${host}/v2/models/fraud/blobs/${layers[0]?.digest ?? ''}`);
    expect(layer.status).toBe(200);
  });

  it('sends clients on to the port that they use, also where that is the one behind nginx', async () => {
    const [, port = ''] = host.split(':');
    const auth = `mlops:${PASSWORD}`;
    const location = await new Promise((resolve, reject) => {
      const path = '/v2/models/fraud/blobs/uploads/';
      const headers = { host: registry.host };
      request({ host: '127.0.0.1', port, method: 'POST', path, auth, headers }, (answer) => {
        answer.resume();
        resolve(answer.headers.location);
      })
        .on('error', reject)
        .end();
    });
    expect(location).toMatch(new RegExp(`^http://${registry.host}/v2/models/fraud/blobs/uploads/`));
  });

  it.each([
    ['no password', undefined],
    ['a wrong one', 'a guess'],
  ])('does not let anybody replace an image with %s', async (_, password) => {
    await open(PASSWORD).push(smallImage(folder), 'models/fraud:1');
    const before = await open().digest('models/fraud:1');
    const other = join(folder, 'other');
    mkdirSync(other);
    await expect(
      open(password).push(smallImage(other, 'a model with a back door'), 'models/fraud:1'),
    ).rejects.toThrow('401');
    for (const method of ['DELETE', 'PUT', 'PATCH', 'POST']) {
      const { status } = await fetch(`http://${host}/v2/models/fraud/manifests/1`, { method });
      expect([method, status]).toEqual([method, 401]);
    }
    expect(await open().digest('models/fraud:1')).toBe(before);
  });
});
