import { rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sha256 } from '#model/digest.ts';
import { pathTrouble } from '#verification/check-change-set.ts';
import { matchesGlob } from '#verification/glob.ts';
import { honestFix, verifyChange } from './example.ts';

const price = honestFix['src/price.js'];

describe('verify, given a change set', () => {
  it.each<readonly [string, (folder: string) => Promise<void>, RegExp]>([
    [
      'whose content is another',
      (folder) =>
        writeFile(join(folder, 'blob', sha256(price)), 'x'.repeat(Buffer.byteLength(price))),
      /does not have the digest/,
    ],
    [
      'whose content is longer',
      (folder) => writeFile(join(folder, 'blob', sha256(price)), `${price} `),
      /the change set says/,
    ],
    [
      'whose content is missing',
      (folder) => rm(join(folder, 'blob', sha256(price))),
      /is not in the change set’s folder/,
    ],
    [
      'whose content is a link to the machine',
      async (folder) => {
        await rm(join(folder, 'blob', sha256(price)));
        await symlink('/etc/hostname', join(folder, 'blob', sha256(price)));
      },
      /is a link/,
    ],
    [
      'that is a link itself',
      async (folder) => {
        await rm(join(folder, 'change-set.json'));
        await symlink('/etc/hostname', join(folder, 'change-set.json'));
      },
      /no readable change-set\.json/,
    ],
    [
      'that is no JSON',
      (folder) => writeFile(join(folder, 'change-set.json'), 'x'),
      /does not follow its schema/,
    ],
  ])('refuses one %s', async (_, spoil, sentence) => {
    const verified = await verifyChange(honestFix, { spoil });
    expect(verified).toMatchObject({
      ok: false,
      refusal: { reason: 'change_set_refused', sentence: expect.stringMatching(sentence) },
    });
  });

  it.each([
    ['../out', /“\.\.” part/],
    ['/etc/passwd', /not inside the repository/],
    ['a//b', /empty/],
    ['.git/config', /git’s own folder/],
    ['sub/.GIT/hooks/pre-commit', /git’s own folder/],
    ['.g\u200cit/config', /git’s own folder/],
    ['git~1/config', /git’s own folder/],
    ['.git . /x', /git’s own folder/],
    ['.git::$INDEX_ALLOCATION/x', /git’s own folder/],
    ['a\nb', /control character/],
    ['a\u0000b', /control character/],
    ['a\\b', /backslash/],
    ['C:/x', /not inside/],
    ['x'.repeat(256), /255 bytes/],
  ])('refuses the path %j', (path, sentence) => {
    expect(pathTrouble(path)).toMatch(sentence);
  });

  it.each(['a', '.gitignore', '.github/x', 'a b/ö.js', 'git/config', 'x.git', 'a/[id].tsx'])(
    'takes the path %j',
    (path) => {
      expect(pathTrouble(path)).toBeNull();
    },
  );

  it('refuses one that changes nothing', async () => {
    const verified = await verifyChange({
      'package.json':
        '{ "name": "shop", "type": "module", "scripts": { "test": "node --test" } }\n',
    });
    expect(verified).toMatchObject({
      ok: false,
      refusal: { sentence: expect.stringContaining('leaves the base as it is') },
    });
  });

  it('refuses a file where another’s folder must be', async () => {
    const verified = await verifyChange({ a: 'x', 'a/b': 'y' });
    expect(verified).toMatchObject({
      ok: false,
      refusal: { sentence: expect.stringContaining('a file where its folder must be') },
    });
  });

  it('takes a folder that becomes a file, odd names, links and programs', async () => {
    const verified = await verifyChange({
      'src/price.js': null,
      src: 'now a file\n',
      'a "b" ö\'c.txt': 'x',
      run: { mode: '100755', text: '#!/bin/sh\n' },
      link: { mode: '120000', text: 'nowhere' },
    });
    const files = verified.ok
      ? JSON.parse(Buffer.from(verified.value.get('patch/files.json') ?? []).toString()).files
      : null;
    expect(
      files.map((file: { path: string; headMode: string | null }) => [file.path, file.headMode]),
    ).toEqual([
      ['a "b" ö\'c.txt', '100644'],
      ['link', '120000'],
      ['run', '100755'],
      ['src', '100644'],
      ['src/price.js', null],
    ]);
  });
});

describe('matchesGlob', () => {
  it.each([
    ['.github/workflows/.x/a.yml', '.github/**', true],
    ['.github', '.github/**', true],
    ['a/b/c.test.ts', '**/*.test.*', true],
    ['c.test.ts', '**/*.test.*', true],
    ['test/a', 'test/**', true],
    ['tests/a', 'test/**', false],
    ['a/[id].tsx', 'a/[id].tsx', true],
    ['a/i.tsx', 'a/[id].tsx', false],
    ['a/b', '*', false],
    ['ab', 'a?', true],
    ['x.yaml', '*.{yml,yaml}', true],
    ['x.json', '*.{yml,yaml}', false],
    ['a/x/y/b', 'a/**/b', true],
    ['a/b', 'a/**/b', true],
  ])('%s against %s: %s', (path, pattern, matches) => {
    expect(matchesGlob(path, pattern)).toBe(matches);
  });

  it('ends for any pattern and path', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', '*', '?', '/', '{', '}', ','),
      maxLength: 60,
    });
    fc.assert(
      fc.property(text, text, (path, pattern) => typeof matchesGlob(path, pattern) === 'boolean'),
    );
    expect(matchesGlob(`${'a/'.repeat(500)}b`, `${'**/a/'.repeat(39)}c`)).toBe(false);
    expect(matchesGlob('a', '{a,b}'.repeat(40))).toBe(false);
  });
});
