import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openSealer, sealingKeyFile } from '#compose/sealing-key.ts';
import { seal, unseal } from '#model/seal.ts';

const key = Buffer.alloc(32, 7);
const nonce = Buffer.alloc(12, 1);

describe('seal', () => {
  it('gives a secret back to the same key and context, and to no other', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (secret, context) => {
        const sealed = seal(secret, context, { key, nonce });
        expect(unseal(sealed, context, key)).toBe(secret.toWellFormed());
        expect(unseal(sealed, `${context}.`, key)).toBeNull();
        expect(unseal(sealed, context, Buffer.alloc(32, 8))).toBeNull();
      }),
      { numRuns: 200 },
    );
  });

  it('opens nothing of which a byte was changed or left out', () => {
    const sealed = Buffer.from(seal('ghu_secret', 'person 1 token', { key, nonce }), 'base64url');
    const opened = [...sealed.keys()].map((index) => {
      const changed = Buffer.from(sealed);
      changed[index] = (changed[index] ?? 0) ^ 1;
      return unseal(changed.toString('base64url'), 'person 1 token', key);
    });
    const shortened = [...sealed.keys()].map((length) =>
      unseal(sealed.subarray(0, length).toString('base64url'), 'person 1 token', key),
    );

    expect(sealed.toString('utf8')).not.toContain('ghu_');
    expect(new Set([...opened, ...shortened])).toEqual(new Set([null]));
    expect(unseal(sealed.toString('base64url'), 'person 1 token', key)).toBe('ghu_secret');
  });
});

describe('the sealing key', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sealing-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('is made once, for its owner alone, and never twice the same sealing', async () => {
    const [one, two] = await Promise.all([openSealer(folder), openSealer(folder)]);
    const sealed = one.seal('secret', 'here');
    const { mode } = await stat(join(folder, sealingKeyFile));

    expect(two.open(sealed, 'here')).toBe('secret');
    expect(one.seal('secret', 'here')).not.toBe(sealed);
    expect(mode & 0o777).toBe(0o600);
    expect(await readFile(join(folder, sealingKeyFile), 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
  });

  it('that is no key stops the start', async () => {
    await writeFile(join(folder, sealingKeyFile), randomBytes(8).toString('hex'));

    await expect(openSealer(folder)).rejects.toThrow('expected a key of 32 bytes in hex');
  });
});
