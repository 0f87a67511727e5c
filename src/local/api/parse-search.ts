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

/** Conditions joined: all of `every` must hold, or one of `some`. */
export type SearchTree =
  | { readonly kind: 'term'; readonly term: SearchTerm }
  | { readonly kind: 'every' | 'some'; readonly parts: readonly SearchTree[] }
  | { readonly kind: 'not'; readonly part: SearchTree };

/** GitHub's own bound on what joins conditions. */
const OPERATORS_MAX = 5;
/** GitHub's own bound on parentheses inside each other. */
const DEPTH_MAX = 5;

/**
 * Read the text of a search. A space means AND, which binds closer than OR. Undefined when it has
 * more operators or deeper parentheses than GitHub takes.
 */
export function parseSearch(text: string): SearchTree | undefined {
  const words = splitWords(text);
  const operators = words.filter((word) => /^(AND|OR|NOT)$/.test(word));
  return operators.length > OPERATORS_MAX || depthOf(words) > DEPTH_MAX
    ? undefined
    : readSome(words);
}

/** Every condition of a search, wherever it stands. */
export function termsOf(tree: SearchTree): readonly SearchTerm[] {
  switch (tree.kind) {
    case 'term':
      return [tree.term];
    case 'not':
      return termsOf(tree.part);
    default:
      return tree.parts.flatMap(termsOf);
  }
}

/** Parentheses around words stand alone; those inside of words and quotes are text. */
function splitWords(text: string): string[] {
  const words = text.match(/(?:"[^"]*"?|[^\s"])+/g) ?? [];
  return words.flatMap((word) => {
    const [, opening = '', rest = ''] = /^(-?\(+)?(.*)$/s.exec(word) ?? [];
    const [, inner = '', closing = ''] = /^(.*?)(\)*)$/s.exec(rest) ?? [];
    const signs = opening.startsWith('-') ? ['NOT', ...opening.slice(1)] : [...opening];
    return [...signs, ...(inner === '' ? [] : [inner]), ...closing];
  });
}

function depthOf(words: readonly string[]): number {
  let depth = 0;
  let deepest = 0;
  for (const word of words) {
    if (word === '(') depth += 1;
    if (word === ')') depth -= 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

/** Takes what it reads off the front of the words. */
function readSome(words: string[]): SearchTree {
  const parts = [readEvery(words)];
  while (words[0] === 'OR') {
    words.shift();
    parts.push(readEvery(words));
  }
  return { kind: 'some', parts };
}

function readEvery(words: string[]): SearchTree {
  const parts: SearchTree[] = [];
  while (words.length > 0 && words[0] !== 'OR' && words[0] !== ')') {
    if (words[0] === 'AND') words.shift();
    else parts.push(readOne(words));
  }
  return { kind: 'every', parts };
}

function readOne(words: string[]): SearchTree {
  const word = words.shift() ?? '';
  // `NOT word` is the older form of `-word`.
  if (word === 'NOT') return { kind: 'not', part: readOne(words) };
  if (word !== '(') return { kind: 'term', term: parseWord(word) };
  const inner = readSome(words);
  if (words[0] === ')') words.shift();
  return inner;
}

function parseWord(word: string): SearchTerm {
  const isNegated = word.startsWith('-') && word.length > 1;
  const rest = isNegated ? word.slice(1) : word;
  const colon = rest.indexOf(':');
  const key = rest.slice(0, Math.max(0, colon)).toLowerCase();
  if (!QUALIFIERS.has(key)) return { key: '', values: [unquote(rest)], isNegated };
  const values = rest.slice(colon + 1).match(/(?:"[^"]*"?|[^,"])+/g) ?? [];
  return { key, values: values.map(unquote), isNegated };
}

function unquote(text: string): string {
  return text.replaceAll('"', '').trim();
}
