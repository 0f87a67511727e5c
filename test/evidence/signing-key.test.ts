import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openSigningKey } from '#compose/signing-key.ts';
import { openEnvelope, signEnvelope } from '#evidence/statement/dsse.ts';

describe('openSigningKey', () => {
  let dir = '';
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'key-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('makes a key that its owner alone can read, and opens the same one again', async () => {
    const folder = join(dir, 'data');
    const first = await openSigningKey(folder);
    const again = await openSigningKey(folder);
    expect(again.keyid).toBe(first.keyid);
    expect(openEnvelope(signEnvelope('{}', first.privateKey), again.publicKey).ok).toBe(true);
    expect((await stat(join(folder, 'evidence-key.pem'))).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
  });

  it('leaves the public half beside it, for readers', async () => {
    const { publicPem } = await openSigningKey(dir);
    expect(await readFile(join(dir, 'evidence-key.pub.pem'), 'utf8')).toBe(publicPem);
    expect(publicPem).toContain('BEGIN PUBLIC KEY');
  });

  it('makes another key in another folder', async () => {
    const [one, two] = [await openSigningKey(join(dir, '1')), await openSigningKey(join(dir, '2'))];
    expect(one.keyid).not.toBe(two.keyid);
  });

  it.each([
    ['a key of another kind', () => keyOf('p256'), 'Ed25519'],
    ['a public key', () => keyOf('public'), 'private key'],
    ['no key', () => 'secret', 'private key'],
    ['nothing', () => '', 'private key'],
  ])('refuses %s, and leaves the file as it is', async (_what, make, sentence) => {
    const path = join(dir, 'evidence-key.pem');
    const pem = make();
    await writeFile(path, pem);
    await expect(openSigningKey(dir)).rejects.toThrow(sentence);
    expect(await readFile(path, 'utf8')).toBe(pem);
  });
});

function keyOf(kind: 'p256' | 'public'): string {
  if (kind === 'public') {
    const { publicKey } = generateKeyPairSync('ed25519');
    return publicKey.export({ type: 'spki', format: 'pem' }).toString();
  }
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
