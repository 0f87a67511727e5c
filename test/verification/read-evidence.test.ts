import { beforeAll, describe, expect, it } from '@jest/globals';
import { evidencePath } from '#model/evidence.ts';
import { readEvidence } from '#verification/read-evidence.ts';
import { honestFix, verifyChange } from './example.ts';

type Tree = Map<string, Uint8Array>;

describe('readEvidence', () => {
  let good: ReadonlyMap<string, Uint8Array>;
  beforeAll(async () => {
    const verified = await verifyChange(honestFix);
    if (!verified.ok) throw new Error(verified.refusal.sentence);
    good = verified.value;
  });

  it('reads what verification wrote, with the texts of both sides', () => {
    const read = readEvidence(good);

    expect(
      read.ok && read.value.files.map(({ path, status, isTest }) => ({ path, status, isTest })),
    ).toEqual([
      { path: 'src/price.js', status: 'modified', isTest: false },
      { path: 'test/price.test.js', status: 'modified', isTest: true },
    ]);
    expect(read.ok && read.value.files[0]?.headText).toBe(honestFix['src/price.js']);
    expect(read.ok && read.value.cells.headHead.tests).toHaveLength(3);
    expect([...good.keys()].every((path) => evidencePath.test(path))).toBe(true);
  });

  const blob = (tree: Tree) =>
    [...tree.keys()].find((path) => path.startsWith('patch/head/')) ?? '';
  const json = (tree: Tree, path: string, change: (value: Record<string, unknown>) => void) => {
    const value = JSON.parse(Buffer.from(tree.get(path) ?? []).toString());
    change(value);
    tree.set(path, Buffer.from(JSON.stringify(value)));
  };
  it.each<readonly [string, (tree: Tree) => void, string, RegExp]>([
    [
      'a file that has no place',
      (tree) => tree.set('tests/extra.json', Buffer.from('{}')),
      'unknown_file',
      /tests\/extra\.json/,
    ],
    [
      'a path that leads out',
      (tree) => tree.set('ui/../x', Buffer.from('')),
      'unknown_file',
      /ui\/\.\.\/x/,
    ],
    [
      'a cell that is not there',
      (tree) => tree.delete('tests/base-head.json'),
      'missing_file',
      /base-head/,
    ],
    [
      'one cell’s record under another’s name',
      (tree) =>
        tree.set('tests/head-head.json', tree.get('tests/base-base.json') ?? Buffer.from('')),
      'inconsistent',
      /record of the cell baseBase/,
    ],
    [
      'a cell that ran on another tree',
      (tree) =>
        json(tree, 'tests/head-head.json', (value) =>
          Object.assign(value, { tree: '0'.repeat(40) }),
        ),
      'inconsistent',
      /ran on the tree 0000/,
    ],
    [
      'a member that the schema does not have',
      (tree) =>
        json(tree, 'tests/head-head.json', (value) => Object.assign(value, { verdict: 'proven' })),
      'malformed',
      /schema/,
    ],
    [
      'a content that is not what its name says',
      (tree) => tree.set(blob(tree), Buffer.from('other')),
      'inconsistent',
      /content/,
    ],
    [
      'a content that no path names',
      (tree) => tree.set(`patch/head/${'1'.repeat(40)}`, Buffer.from('x')),
      'unknown_file',
      /named by no changed path/,
    ],
    [
      'text that is not JSON',
      (tree) => tree.set('verify.json', Buffer.from('{')),
      'malformed',
      /not JSON/,
    ],
    [
      'bytes that are not text',
      (tree) => tree.set('verify.json', Uint8Array.of(0xff, 0xfe)),
      'malformed',
      /not JSON in UTF-8/,
    ],
    [
      'a file that is too large',
      (tree) => tree.set('logs/a.txt', new Uint8Array(25_000_001)),
      'too_large',
      /25000000/,
    ],
    [
      'more files than there may be',
      (tree) => {
        for (let at = 0; at < 2001; at += 1) tree.set(`logs/a-${at}.txt`, new Uint8Array());
      },
      'too_large',
      /2000 files/,
    ],
    [
      'a screen without its pictures',
      (tree) =>
        tree.set(
          'ui/a/desktop/meta.json',
          Buffer.from(
            JSON.stringify({
              schema: 'sallyport/screen/v1',
              screen: 'a',
              viewport: 'desktop',
              width: 1,
              height: 1,
              url: '/',
              equal: null,
              pixelsAt0: null,
              pixelsAt01: null,
              before: { status: 'captured', because: null },
              after: { status: 'missing', because: 'x' },
            }),
          ),
        ),
      'missing_file',
      /before\.png/,
    ],
  ])('refuses %s', (_, spoil, reason, sentence) => {
    const tree = new Map(good);
    spoil(tree);

    expect(readEvidence(tree)).toMatchObject({
      ok: false,
      refusal: { reason, sentence: expect.stringMatching(sentence) },
    });
  });
});
