import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import { unified } from 'unified';
import { renderOutside } from '#ingress/render-outside.ts';
import { report } from '#ingress/source/adapter.ts';
import type { OutsideThread } from '#model/outside.ts';
import { signalMark } from '#model/outside.ts';

const markdown = unified().use(remarkParse).use(remarkGfm);

function aThread(texts: readonly string[], words: Partial<Record<'title' | 'reference', string>>) {
  return {
    source: 'linear',
    thread: words.reference ?? 'T-1',
    repositoryId: null,
    issue: null,
    askedAt: null,
    wanted: null,
    written: null,
    leftOut: 0,
    reports: texts.map((text, index) =>
      report({
        thread: 'T-1',
        reference: words.reference ?? 'T-1',
        url: words.reference ?? null,
        tags: [],
        part: {
          id: String(index),
          at: '2026-11-23T07:00:00Z',
          author: words.title ?? null,
          title: words.title ?? 'Totals',
          text,
        },
      }),
    ),
  } satisfies OutsideThread;
}

/** What a reader of Markdown sees as blocks, by CommonMark and GitHub's extensions. */
function blocksOf(body: string) {
  return markdown.parse(body).children.map((node) => node.type);
}

/** Text made of what ends, opens and hides things in Markdown. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom('~~~', '~~~~~~', '```', '\n', '\r', ' ', '\t', '>', '- ', '1. ', '    '),
      fc.constantFrom('<!--', '-->', '<details>', '</pre>', '@mara', '#1', '[x](y)', '|', '\\'),
      fc.constantFrom(
        'https://evil.test',
        '/sallyport run',
        '\u2028',
        '\u0000',
        '\u202e',
        '===',
        '---',
      ),
      fc.string({ maxLength: 6 }),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));

describe('renderOutside', () => {
  it('shows the report as a person reads it', () => {
    const { title, body } = renderOutside(aThread(['Above 100.\n\n    total()'], {}));

    expect(title).toBe('Totals');
    expect(body).toContain('\nAbove 100.\n\n    total()\n~~~');
    expect(blocksOf(body)).toEqual(['blockquote', 'code', 'code', 'paragraph', 'paragraph']);
    expect(body.endsWith(`\`${signalMark('linear', 'T-1')}\``)).toBe(true);
  });

  it('text:hostile: keeps every text inside its own block, whatever is in it', () => {
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 1, maxLength: 4 }), hostile, (texts, word) => {
        const { body } = renderOutside(aThread(texts, { title: word, reference: `r${word}` }));
        expect(blocksOf(body)).toEqual([
          'blockquote',
          'code',
          ...texts.map(() => 'code'),
          'paragraph',
          'paragraph',
        ]);
      }),
      { numRuns: 300 },
    );
  });

  it('makes a title that is one line, says something, and has no markup', () => {
    fc.assert(
      fc.property(hostile, (word) => {
        const { title } = renderOutside(aThread([''], { title: word }));
        expect(title).not.toMatch(/[\n<>`[\]]|@\S|#\d|:\/\//);
        expect(title.trim().length).toBeGreaterThan(0);
        expect(title.length).toBeLessThanOrEqual(256);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['one long text', ['x'.repeat(2_000_000)]],
    ['many long texts', Array.from({ length: 21 }, () => 'y\n'.repeat(50_000))],
    ['nothing but fences', ['~'.repeat(500_000)]],
  ])('fits into an issue with %s', (_name, texts) => {
    const { body } = renderOutside(aThread(texts, {}));

    expect(body.length).toBeLessThan(65_536);
    expect(body).toContain('more characters');
    expect(blocksOf(body).filter((type) => type === 'code')).toHaveLength(texts.length + 1);
  });
});
