import { execFileSync } from 'node:child_process';
import { createServer, type RequestListener } from 'node:http';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { imageReference } from '../../toolchain/images';
import { OciRegistry } from '../../toolchain/oci-registry';
import { publishModelServer } from '../../toolchain/publish';
import { tar } from '../../toolchain/tar';
import { stubEnv } from '../support/env';
import {
  crane,
  LOGIN,
  registryProgram,
  smallImage,
  startRegistry,
  type RunningRegistry,
} from './support/oci-registry';
import { closeServers, listen, selfSigned, withoutProxies } from './support/servers';

const here = crane !== undefined && registryProgram !== undefined;
const describeWith = here ? describe : describe.skip;

let folder: string;
let running: RunningRegistry | undefined;

beforeEach(() => {
  withoutProxies();
  folder = mkdtempSync(join(tmpdir(), 'registry-'));
});

afterEach(() => {
  running?.stop();
  running = undefined;
  closeServers();
  rmSync(folder, { recursive: true });
});

/** Folder with a login, as `docker login` writes it. */
function loginTo(host: string, password: string = LOGIN.password) {
  const login = join(folder, 'login');
  const auth = Buffer.from(`${LOGIN.username}:${password}`).toString('base64');
  mkdirSync(login);
  writeFileSync(join(login, 'config.json'), JSON.stringify({ auths: { [host]: { auth } } }));
  return { DOCKER_CONFIG: login };
}

const open = (host: string, env: NodeJS.ProcessEnv = { DOCKER_CONFIG: folder }) =>
  new OciRegistry({ host, crane: crane ?? '', env });

describeWith('a registry behind TLS that asks for a login', () => {
  beforeEach(async () => {
    const tls = selfSigned();
    running = await startRegistry(folder, tls);
    stubEnv({ SSL_CERT_FILE: tls.file });
  });

  it('takes an image below its path, and tells its digest', async () => {
    const host = running?.host ?? '';
    const login = loginTo(host);
    const registry = open(`${host}/team/ml`, login);
    expect(await registry.digest('mlops/small:1')).toBeUndefined();
    await registry.push(smallImage(folder), 'mlops/small:1');
    expect(await registry.digest('mlops/small:1')).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(await open(host, login).digest('team/ml/mlops/small:1')).toMatch(/^sha256:/);
  });

  it('says how to log in', async () => {
    const host = running?.host ?? '';
    await expect(open(host).digest('mlops/small:1')).rejects.toThrow(
      `fix:      Log in (\`docker login ${host}\`), or name a file with a login that may push: \`images.credentials\` in platform.yaml.`,
    );
  });

  it('refuses a wrong password', async () => {
    const host = running?.host ?? '';
    const registry = open(host, loginTo(host, 'a guess'));
    await expect(registry.push(smallImage(folder), 'mlops/small:1')).rejects.toThrow('401');
  });

  it('is trusted by the CA in a folder besides the system’s own', async () => {
    const ca = join(folder, 'ca');
    mkdirSync(ca);
    copyFileSync(process.env.SSL_CERT_FILE ?? '', join(ca, 'ca.crt'));
    stubEnv({ SSL_CERT_FILE: undefined });
    const host = running?.host ?? '';
    const registry = open(host, { ...loginTo(host), SSL_CERT_DIR: `/etc/ssl/certs:${ca}` });
    await registry.push(smallImage(folder), 'mlops/small:1');
    expect(await registry.digest('mlops/small:1')).toMatch(/^sha256:/);
  });

  it('is not trusted without its certificate', async () => {
    stubEnv({ SSL_CERT_FILE: undefined });
    const host = running?.host ?? '';
    await expect(open(host, loginTo(host)).digest('mlops/small:1')).rejects.toThrow('certificate');
  });
});

describeWith('the registry in the cluster, on a port of this machine', () => {
  it('speaks HTTP and keeps a model by its digest', async () => {
    running = await startRegistry(folder);
    const registry = open(running.host);
    await registry.push(smallImage(folder), 'models/fraud:2');
    const digest = await registry.digest('models/fraud:2');
    expect(await registry.digest(`models/fraud@${digest ?? ''}`)).toBe(digest);
    expect(await registry.digest('models/fraud:3')).toBeUndefined();
  });
});

describeWith('a registry that fails', () => {
  const answering = async (listener: RequestListener) => listen(createServer(listener));

  it('is told from one that only lacks the image', async () => {
    const host = await answering((_, response) => response.writeHead(418).end());
    await expect(open(host).digest('models/fraud:2')).rejects.toMatchObject({ kind: 'registryFailed' });
  });

  it('is told when nothing listens', async () => {
    await expect(open('127.0.0.1:9').digest('models/fraud:2')).rejects.toThrow('connection refused');
  });
});

describeWith('an image made of one layer', () => {
  it('is there whole, and starts as it was told', async () => {
    running = await startRegistry(folder);
    const layer = join(folder, 'layer.tar');
    writeFileSync(join(folder, 'file'), 'text');
    execFileSync('tar', ['--create', '--file', layer, '--directory', folder, 'file']);
    const settings = ['--user', '65532', '--env', 'A=1', '--entrypoint', '/bin/a,b'];
    await open(running.host).pushLayer(layer, settings, 'mlops/made:1');
    const config = execFileSync(crane ?? '', ['config', `${running.host}/mlops/made:1`], {
      encoding: 'utf8',
    });
    expect(JSON.parse(config)).toMatchObject({
      config: { User: '65532', Env: ['A=1'], Entrypoint: ['/bin/a', 'b'] },
      rootfs: { diff_ids: [expect.stringMatching(/^sha256:/)] },
    });
  });
});

describeWith('an image that is a layer on another one', () => {
  it('has the layers of both, and starts as the other one does', async () => {
    running = await startRegistry(folder);
    const { host } = running;
    const layer = join(folder, 'layer.tar');
    writeFileSync(layer, tar([{ path: 'file', mode: 0o644, content: Buffer.from('text') }]));
    await open(host).pushLayer(layer, ['--user', '65532', '--entrypoint', '/bin/a'], 'mlops/base:1');
    writeFileSync(layer, tar([{ path: 'other', mode: 0o644, content: Buffer.from('text') }]));
    await open(host).append('mlops/base:1', layer, 'mlops/layered:2');
    const ask = (...args: string[]) => execFileSync(crane ?? '', args, { encoding: 'utf8' });
    const configOf = (name: string) =>
      JSON.parse(ask('config', `${host}/${name}`)) as { rootfs: { diff_ids: string[] } };
    const layers = configOf('mlops/layered:2').rootfs.diff_ids;
    expect(layers).toHaveLength(2);
    expect(layers[0]).toBe(configOf('mlops/base:1').rootfs.diff_ids[0]);
    expect(configOf('mlops/layered:2')).toMatchObject({ config: { User: '65532', Entrypoint: ['/bin/a'] } });
    const files = execFileSync('tar', ['--list'], {
      input: execFileSync(crane ?? '', ['export', `${host}/mlops/layered:2`, '-']),
      encoding: 'utf8',
    });
    expect(files.trim().split('\n').sort()).toEqual(['file', 'other']);
  });
});

describeWith('the model server of this checkout', () => {
  const name = imageReference('model-server', 'packages').replace('localhost/', '');
  const publish = (host: string) => publishModelServer(host, 'packages', { report: () => undefined });

  it('is not built again when the registry has it', async () => {
    running = await startRegistry(folder);
    await open(running.host).push(smallImage(folder), `team/${name}`);
    const before = await open(running.host).digest(`team/${name}`);
    expect(await publish(`${running.host}/team`)).toEqual({ name, wasThere: true });
    expect(await open(running.host).digest(`team/${name}`)).toBe(before);
  });

  it('is not built for a registry that does not answer', async () => {
    await expect(publish('127.0.0.1:9')).rejects.toThrow('connection refused');
  });
});
