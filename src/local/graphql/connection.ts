import { typedError } from './graphql-call.ts';

export interface PageArguments {
  readonly first?: number | null;
  readonly last?: number | null;
  readonly after?: string | null;
  readonly before?: string | null;
}

/** GitHub's bound on `first` and `last`. */
const PAGE_MAX = 100;

/** A connection of the Relay kind over a whole list. Cursors are positions. */
export function buildConnection<T, V>(
  items: readonly T[],
  page: PageArguments,
  view: (item: T) => V,
  extra: object = {},
) {
  const from = page.after ? readCursor(page.after) : 0;
  const to = page.before ? readCursor(page.before) - 1 : items.length;
  const size = readSize(page);
  const isLast = page.first == null && page.last != null;
  const start = isLast ? Math.max(from, to - size) : from;
  const end = isLast ? to : Math.min(to, from + size);
  const shown = items.slice(start, end).map(view);
  return {
    totalCount: items.length,
    nodes: shown,
    edges: shown.map((node, index) => ({ cursor: toCursor(start + index + 1), node })),
    pageInfo: {
      hasNextPage: end < items.length,
      hasPreviousPage: start > 0,
      startCursor: shown.length > 0 ? toCursor(start + 1) : null,
      endCursor: shown.length > 0 ? toCursor(end) : null,
    },
    ...extra,
  };
}

function readSize(page: PageArguments): number {
  const size = page.first ?? page.last ?? PAGE_MAX;
  if (size >= 0 && size <= PAGE_MAX) return size;
  throw typedError(
    'EXCESSIVE_PAGINATION',
    `Requesting ${size} records on the connection exceeds the \`first\` limit of ${PAGE_MAX} records.`,
  );
}

function toCursor(position: number): string {
  return Buffer.from(`cursor:${position}`).toString('base64');
}

function readCursor(cursor: string): number {
  const [, position] = /^cursor:(\d{1,9})$/.exec(Buffer.from(cursor, 'base64').toString()) ?? [];
  if (position === undefined)
    throw typedError(
      'INVALID_CURSOR_ARGUMENTS',
      `\`${cursor.slice(0, 50)}\` does not appear to be a valid cursor.`,
    );
  return Number(position);
}
