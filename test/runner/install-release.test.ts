// An agent's program, by digest: what the registry sends must be what this release was built with.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { installRelease } from '#runner/install-release.ts';

let root: string;
let tarball: Buffer;
let registry: Server;
let served: Buffer;
let asked: string[] = [];
const before = process.env.npm_config_registry;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'sallyport-release-'));
  const folder = join(root, 'package');
  mkdirSync(join(folder, 'bin'), { recursive: true });
  writeFileSync(join(folder, 'bin', 'tool'), '#!/bin/sh\necho works\n', { mode: 0o755 });
  const scripts = {
    preinstall: `touch ${join(root, 'script-ran')}`,
    prepack: `touch ${join(root, 'script-ran')}`,
  };
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'tool', version: '1.0.0', scripts }),
  );
  execFileSync('tar', ['-czf', join(root, 'tool.tgz'), '-C', root, 'package']);
  tarball = readFileSync(join(root, 'tool.tgz'));
  served = tarball;
  registry = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (request.url?.endsWith('.tgz')) return response.end(served);
    if (request.url !== '/tool') return response.writeHead(404).end('{}');
    const dist = {
      tarball: `http://127.0.0.1:${(registry.address() as AddressInfo).port}/tool/-/tool-1.0.0.tgz`,
      integrity: `sha512-${digest(served)}`,
    };
    const versions = { '1.0.0': { name: 'tool', version: '1.0.0', dist } };
    return response.end(
      JSON.stringify({ name: 'tool', 'dist-tags': { latest: '1.0.0' }, versions }),
    );
  });
  await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
  process.env.npm_config_registry = `http://127.0.0.1:${(registry.address() as AddressInfo).port}/`;
});
afterAll(() => {
  registry.close();
  if (before === undefined) delete process.env.npm_config_registry;
  else process.env.npm_config_registry = before;
  rmSync(root, { recursive: true, force: true });
});

const digest = (bytes: Uint8Array) => createHash('sha512').update(bytes).digest('base64');
const pinned = () => ({ package: 'tool@1.0.0', sha512: digest(tarball), folder: 'bin' });
const scratch = () => mkdtempSync(join(root, 'scratch-'));

describe('installRelease', () => {
  it('unpacks what has the digest, runs no script, and asks the registry once with a cache', async () => {
    const cache = join(root, 'cache');
    asked = [];
    for (const _ of [1, 2]) {
      const installed = await installRelease(pinned(), { scratch: scratch(), cache });
      if (!installed.ok) throw new Error(installed.refusal);
      expect(execFileSync(join(installed.value, 'tool')).toString()).toBe('works\n');
    }
    expect(asked.filter((url) => url.endsWith('.tgz'))).toHaveLength(1);
    expect(() => readFileSync(join(root, 'script-ran'))).toThrow('ENOENT');
  });

  it('does not believe a cache that was changed', async () => {
    const cache = join(root, 'cache-changed');
    mkdirSync(join(cache, 'sallyport'), { recursive: true });
    writeFileSync(join(cache, 'sallyport', 'tool-1.0.0.tgz'), 'not the tool');
    const installed = await installRelease(pinned(), { scratch: scratch(), cache });
    expect(installed).toMatchObject({ ok: true });
    expect(readFileSync(join(cache, 'sallyport', 'tool-1.0.0.tgz'))).toEqual(tarball);
  });

  it('refuses other bytes under the same name and version, whatever the registry says of them', async () => {
    const other = { ...pinned(), sha512: digest(Buffer.from('another build')) };
    expect(await installRelease(other, { scratch: scratch(), cache: null })).toEqual({
      ok: false,
      refusal: `tool@1.0.0 is not what this release of Sallyport was built with: expected SHA-512 ${other.sha512}, the registry sent ${digest(tarball)}.`,
    });
  });

  it('says what npm said of a version that is not there', async () => {
    const missing = { ...pinned(), package: 'tool@9.9.9' };
    expect(await installRelease(missing, { scratch: scratch(), cache: null })).toMatchObject({
      ok: false,
      refusal: expect.stringMatching(/^"npm pack tool@9\.9\.9" ended with 1: .*ETARGET/s),
    });
  });
});
