// The Content cases, on every sink: nothing of a text acts, and none of it is hidden from the reader.
import { describe, expect, it } from '@jest/globals';
import { renderMarkdown } from '#local/page/render-markdown.ts';
import { neutralise } from '#model/neutralise.ts';
import { attacks, live } from '../evidence/attack-text.ts';
import { sinks, skeleton, words } from './sinks.ts';

const invisible = /[\p{Default_Ignorable_Code_Point}\u2800\ufff9-\ufffb]/u;
/** Our own separators between a mark and what would follow it. */
const own = /\u200b/g;

/** Words that a reader must find again, however the marks around them were changed. */
const readable = (text: string) => text.match(/[a-z]{4,}/g) ?? [];

/** Long texts, as C14 lists them: size, lines, depth. */
const oversize: readonly (readonly [string, string])[] = [
  ['C14 half a megabyte', 'word '.repeat(105_000)],
  ['C14 65,000 lines', 'line\n'.repeat(65_000)],
  ['C14 100,000 nested quotes', '> '.repeat(100_000)],
  ['C14 100,000 nested lists', '- '.repeat(100_000)],
  ['C14 100,000 opened brackets', '['.repeat(100_000)],
  ['C14 100,000 tildes', '~'.repeat(100_000)],
];

describe.each(sinks)('text:hostile: %s', (_sink, post, show) => {
  const quiet = skeleton(show('harmless'));

  it('shows what is harmless as it is', () => {
    expect(words(show('Größe: 10 is 8 (not 10), 漢字 stays'))).toContain('Größe: 10 is 8');
  });

  it.each(attacks)('%s', (_name, text) => {
    const html = show(text);

    expect(skeleton(html)).toEqual(quiet);
    expect(words(html).replace(own, '')).not.toMatch(invisible);
    const seen = words(html).replace(own, '');
    expect(readable(text).filter((word) => !seen.includes(word))).toEqual([]);
  });

  it.each(oversize)('%s is cut to what GitHub takes, and says so', (_name, text) => {
    const posted = post(text);

    expect(posted.length).toBeLessThan(65_536);
    expect(posted).toMatch(/more characters\\?\]/);
  });
});

describe('the content attacks', () => {
  it.each(attacks)('%s would act, were it posted as it came (the control)', (_name, text) => {
    expect(live.test(text) || live.test(text.normalize('NFKC'))).toBe(true);
    expect(live.test(neutralise(text))).toBe(false);
  });

  it('C1, C4, C7, C8 and C10 build elements, or hide words, in a comment as GitHub shows it (the control)', () => {
    const raw = (id: string) =>
      attacks
        .filter(([name]) => name.startsWith(`${id} `))
        .map(
          ([, text]) => renderMarkdown(text, { repositoryPath: '/acme/shop', breaks: true }).text,
        );
    const acts = (html: string) => /<(?:a|img|details|picture)\b/.test(html);
    const hides = (html: string) => !/review|hidden words|x/.test(words(html));

    for (const id of ['C4', 'C7', 'C8', 'C10'])
      expect([id, raw(id).some((one) => acts(one) || hides(one))]).toEqual([id, true]);
    expect(raw('C1').some(hides)).toBe(true);
  });
});
