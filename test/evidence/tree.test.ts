import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { planFiles, planTree } from '#evidence/tree/build-tree.ts';
import { entriesTrouble } from '#evidence/tree/check-entries.ts';
import type { PatchClaim, TreeFile } from '#evidence/tree/check-patch.ts';
import { patchTrouble } from '#evidence/tree/check-patch.ts';
import { pathTrouble } from '#evidence/tree/path-trouble.ts';
import { gitBlobSha } from '#model/digest.ts';
import { changeOf, put } from './a-change.ts';

function troubleOf(...entries: Parameters<typeof changeOf>[0]) {
  const { changeSet, blobs } = changeOf(entries);
  return entriesTrouble(changeSet, blobs);
}

describe('pathTrouble', () => {
  it.each([
    'src/a.js',
    'a b/c d.txt',
    'naïve/漢字.md',
    'a b/x b/y',
    '.gitignore',
    '.github/workflows/ci.yml',
    'git/config',
    'x.git/config',
    '-rf',
    'git~x',
    '"quoted".md',
  ])('lets %j pass: another rule judges what it holds', (path) => {
    expect(pathTrouble(path)).toBeNull();
  });

  it.each([
    ['a way up', 'a/../../x'],
    ['an absolute path', '/etc/passwd'],
    ['an empty part', 'a//b'],
    ['a dot', './a'],
    ['a slash at the end', 'a/'],
    ['a backslash', 'a\\..\\b'],
    ['a tab, as git quotes it', 'a\tb'],
    ['a line feed', 'a\nb'],
    ['a carriage return', 'a\rb'],
    ['a NUL', 'a\0b'],
    ['an escape', 'a\u001b[2Jb'],
    ['a bidi control', 'a\u202egpj.exe'],
    ['a zero-width character', 'a\u200bb'],
    ['a lone surrogate', 'a\ud800b'],
    ['Unicode form NFD', 'cafe\u0301.md'],
    ['a name of 256 bytes', `a/${'b'.repeat(256)}`],
  ])('text:hostile: refuses %s', (_what, path) => {
    expect(pathTrouble(path)).toEqual(expect.any(String));
  });

  it.each([
    '.git',
    '.git/config',
    'a/.git/hooks/pre-commit',
    '.GIT/config',
    '.Git',
    '.git./config',
    '.git /config',
    '.git. . /config',
    '.git::$INDEX_ALLOCATION/config',
    '.git:stream',
    'git~1/config',
    'GIT~2',
    '.g\u200cit/config',
    '.gi\ufefft',
    '\uff0egit/config',
    '\u2024git/config',
    '.\uff27\uff29\uff34/config',
    '.g\u2139t/config',
  ])('refuses %j as a spelling of .git', (path) => {
    expect(pathTrouble(path)).toEqual(expect.any(String));
  });
});

describe('entriesTrouble', () => {
  it('lets an honest change pass: files, programs, links inside, deletions, a rename by case', () => {
    expect(
      troubleOf(
        put('README.md', 'x'),
        put('bin/run', '#!/bin/sh', '100755'),
        put('docs/latest', 'v2', '120000'),
        put('docs/a/up', '../../README.md', '120000'),
        put('Src/new.js', 'x'),
        'src/NEW.js',
        'old.js',
      ),
    ).toBeNull();
  });

  it('refuses a change that changes nothing', () => {
    expect(troubleOf()).toContain('nothing');
  });

  it('refuses a bad path of a deletion as well', () => {
    expect(troubleOf('.git/config')).toContain('.git');
  });

  it('judges a path with the words of a diff header as one path', () => {
    expect(troubleOf(put('src/x b/.github/y', 'x'))).toBeNull();
    expect(troubleOf(put('src/x b/.git/config', 'x'))).toContain('.git');
  });

  it.each([
    ['twice', ['a.js', 'a.js']],
    ['in two cases', ['README', 'readme']],
    ['in two widths', ['a.js', '\uff41.js']],
    ['as a file and as a folder', ['a', 'a b', 'a!', 'a/b']],
    ['as a file and as a folder in another case', ['Lib/b/c', 'lib']],
  ])('refuses a name %s', (_what, names) => {
    expect(troubleOf(...names.map((name) => put(name, name)))).toContain('holds both');
  });

  it('refuses two cases of a name with a deletion of a third between them', () => {
    expect(troubleOf(put('README', '1'), 'Readme', put('readme', '2'))).toContain('holds both');
  });

  it('refuses a file that is put and deleted', () => {
    expect(troubleOf('a.js', put('a.js', 'x'))).toContain('holds both');
    expect(troubleOf(put('a.js', 'x'), 'a.js')).toContain('holds both');
  });

  it('refuses a link that is the folder of another file, where case does not count', () => {
    expect(troubleOf(put('A', 'b', '120000'), put('a/hook', 'x'))).toContain('holds both');
  });

  it.each([
    ['to an absolute path', 'a/link', '/etc/passwd'],
    ['up and out', 'a/link', '../../etc/passwd'],
    ['out from the root', 'link', '..'],
    ['to nothing', 'link', ''],
    ['to the root itself', 'link', '.'],
    ['into .git', 'link', '.git/config'],
    ['into .GIT', 'a/link', '../.GIT'],
    ['through another link and up', 'e', 'x/y/d/../..'],
    ['through a folder and up', 'e', 'x/../y'],
    ['with backslashes', 'link', '..\\..\\x'],
    ['over a NUL', 'link', 'a\0b'],
  ])('refuses a link that leads %s', (_what, path, target) => {
    expect(troubleOf(put(path, target, '120000'))).toContain('leads out of the repository');
  });

  it('refuses a link without its blob', () => {
    const { changeSet } = changeOf([put('link', 'a', '120000')]);
    expect(entriesTrouble(changeSet, new Map())).toContain('leads out');
  });
});

describe('patchTrouble', () => {
  const { changeSet, blobs } = changeOf([
    put('new.js', 'new'),
    put('price.js', 'after', '100755'),
    'old.js',
  ]);
  const fileOf = (text: string): TreeFile => ({
    mode: '100644',
    sha: gitBlobSha(Buffer.from(text)),
  });
  const base = new Map([
    ['price.js', fileOf('before')],
    ['old.js', fileOf('old')],
    ['other.js', fileOf('other')],
  ]);
  const blob = (text: string) => gitBlobSha(Buffer.from(text));
  const added: PatchClaim = {
    path: 'new.js',
    status: 'added',
    baseMode: null,
    headMode: '100644',
    baseBlob: null,
    headBlob: blob('new'),
  };
  const modified: PatchClaim = {
    path: 'price.js',
    status: 'modified',
    baseMode: '100644',
    headMode: '100755',
    baseBlob: blob('before'),
    headBlob: blob('after'),
  };
  const deleted: PatchClaim = {
    path: 'old.js',
    status: 'deleted',
    baseMode: '100644',
    headMode: null,
    baseBlob: blob('old'),
    headBlob: null,
  };

  it('evidence:recomputed: lets the patch pass that is the change on the real base', () => {
    expect(patchTrouble([deleted, added, modified], changeSet, blobs, base)).toBeNull();
  });

  it.each<[string, readonly PatchClaim[]]>([
    ['leaves out a path', [added, modified]],
    ['names a path twice', [added, added, modified, deleted]],
    ['names a path besides', [added, modified, deleted, { ...added, path: 'evil.js' }]],
    ['shows another content', [added, { ...modified, headBlob: blob('harmless') }, deleted]],
    ['shows another base', [added, { ...modified, baseBlob: blob('x') }, deleted]],
    ['hides the exec bit', [added, { ...modified, headMode: '100644' }, deleted]],
    ['shows another mode before', [added, { ...modified, baseMode: '120000' }, deleted]],
    ['calls a change an addition', [added, { ...modified, status: 'added' }, deleted]],
    ['calls a deletion a change', [added, modified, { ...deleted, status: 'modified' }]],
  ])('evidence:recomputed: refuses a patch that %s', (_what, claims) => {
    expect(patchTrouble(claims, changeSet, blobs, base)).toEqual(expect.any(String));
  });

  it('refuses the deletion of a file that the base does not have', () => {
    const change = changeOf(['ghost.js']);
    expect(patchTrouble([], change.changeSet, change.blobs, base)).toContain('does not have');
  });

  it('needs no claim for a file that is put as it was', () => {
    const same = changeOf([put('other.js', 'other')]);
    expect(patchTrouble([], same.changeSet, same.blobs, base)).toBeNull();
  });
});

describe('planTree', () => {
  it('puts text inline, sends other bytes as blobs, keeps the mode, deletes with null', () => {
    const binary = new Uint8Array([0x89, 0x50, 0, 0xff]);
    const { changeSet, blobs } = changeOf([
      put('a.js', 'grüße\r\n'),
      put('bin/run', '#!/bin/sh', '100755'),
      put('link', 'a.js', '120000'),
      put('logo.png', binary),
      'old.js',
    ]);
    expect(planTree(changeSet, blobs)).toEqual({
      entries: [
        { path: 'a.js', mode: '100644', type: 'blob', content: 'grüße\r\n' },
        { path: 'bin/run', mode: '100755', type: 'blob', content: '#!/bin/sh' },
        { path: 'link', mode: '120000', type: 'blob', content: 'a.js' },
        { path: 'old.js', mode: '100644', type: 'blob', sha: null },
      ],
      uploads: [{ path: 'logo.png', mode: '100644', bytes: Buffer.from(binary) }],
    });
  });

  it.each([
    ['a NUL', Buffer.from('a\0b')],
    ['Latin-1', Buffer.from('gr\u00fc\u00dfe', 'latin1')],
    ['a surrogate in UTF-8', Buffer.from([0xed, 0xa0, 0x80])],
    ['an overlong form', Buffer.from([0xc0, 0xaf])],
    ['more than a megabyte', Buffer.alloc(1_000_001, 'a')],
  ])('sends %s as a blob', (_what, bytes) => {
    const plan = planFiles([{ path: 'a', mode: '100644', bytes }]);
    expect([plan.entries.length, plan.uploads.length]).toEqual([0, 1]);
  });

  it('sends as blobs what would make one request too large', () => {
    const files = Array.from({ length: 7 }, (_one, index) => ({
      path: `${index}.txt`,
      mode: '100644',
      bytes: Buffer.alloc(1_000_000, 'a'),
    }));
    const plan = planFiles(files);
    expect([plan.entries.length, plan.uploads.length]).toEqual([5, 2]);
  });

  it('carries every byte as it is, a byte order mark too', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
        ),
        fc.boolean(),
        (body, hasMark) => {
          const bytes = Buffer.concat([Buffer.from(hasMark ? '\ufeff' : ''), body]);
          const plan = planFiles([{ path: 'a', mode: '100644', bytes }]);
          const carried = plan.uploads[0]?.bytes ?? Buffer.from(plan.entries[0]?.content ?? '');
          return bytes.equals(carried);
        },
      ),
    );
  });
});
