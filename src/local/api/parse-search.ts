/** One condition of a search: `label:bug`, `-author:eve`, or bare words with an empty `key`. */
export interface SearchTerm {
  readonly key: string;
  /** One of them must hold; quotes are gone. */
  readonly values: readonly string[];
  readonly isNegated: boolean;
}

/** The qualifiers that are understood; another word with a colon is text, as on GitHub. */
const QUALIFIERS = new Set([
  'assignee',
  'author',
  'base',
  'closed',
  'commenter',
  'comments',
  'created',
  'draft',
  'head',
  'in',
  'involves',
  'is',
  'label',
  'mentions',
  'no',
  'org',
  'parent-issue',
  'reason',
  'repo',
  'review-requested',
  'sort',
  'state',
  'type',
  'updated',
  'user',
]);

/** Split the text of a search into its conditions; all of them must hold. */
export function parseSearch(text: string): readonly SearchTerm[] {
  const words = text.match(/(?:"[^"]*"?|[^\s"])+/g) ?? [];
  return words.flatMap((word, index) => {
    // `NOT word` is the older form of `-word`; AND is what a space means anyway.
    if (word === 'AND' || word === 'NOT') return [];
    return [parseWord(word, words[index - 1] === 'NOT')];
  });
}

function parseWord(word: string, isAfterNot: boolean): SearchTerm {
  const isNegated = isAfterNot || (word.startsWith('-') && word.length > 1);
  const rest = word.startsWith('-') && word.length > 1 ? word.slice(1) : word;
  const colon = rest.indexOf(':');
  const key = rest.slice(0, Math.max(0, colon)).toLowerCase();
  if (!QUALIFIERS.has(key)) return { key: '', values: [unquote(rest)], isNegated };
  const values = rest.slice(colon + 1).match(/(?:"[^"]*"?|[^,"])+/g) ?? [];
  return { key, values: values.map(unquote), isNegated };
}

function unquote(text: string): string {
  return text.replaceAll('"', '').trim();
}
