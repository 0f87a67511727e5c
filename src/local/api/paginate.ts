import type { Call } from './route.ts';

const PER_PAGE_DEFAULT = 30;
/** GitHub's bound. */
const PER_PAGE_MAX = 100;

/** One page of an answer. */
export interface Page<B> {
  readonly status: 200;
  readonly body: B;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One page of a list, with the `Link` header that names the others. */
export function paginate<T, R>(call: Call, items: readonly T[], render: (item: T) => R): Page<R[]>;
/** The same inside an object: `{total_count, …}`. */
export function paginate<T, R, B>(
  call: Call,
  items: readonly T[],
  render: (item: T) => R,
  wrap: (page: R[], total: number) => B,
): Page<B>;
export function paginate<T>(
  call: Call,
  items: readonly T[],
  render: (item: T) => unknown,
  wrap: (page: unknown[], total: number) => unknown = (page) => page,
): Page<unknown> {
  const perPage = Math.min(readCount(call, 'per_page', PER_PAGE_DEFAULT), PER_PAGE_MAX);
  const page = readCount(call, 'page', 1);
  const last = Math.max(1, Math.ceil(items.length / perPage));
  const shown = items.slice((page - 1) * perPage, page * perPage).map(render);
  const links: string[] = [];
  const add = (rel: string, number: number) =>
    links.push(`<${pageUrl(call, number)}>; rel="${rel}"`);
  if (page > 1) add('prev', page - 1);
  if (page < last) add('next', page + 1);
  if (page < last) add('last', last);
  if (page > 1) add('first', 1);
  return {
    status: 200,
    body: wrap(shown, items.length),
    ...(links.length > 0 ? { headers: { link: links.join(', ') } } : {}),
  };
}

function readCount(call: Call, name: string, otherwise: number): number {
  const value = Number(call.query.get(name) ?? otherwise);
  return Number.isSafeInteger(value) && value > 0 ? value : otherwise;
}

function pageUrl(call: Call, page: number): string {
  const query = new URLSearchParams(call.query);
  query.set('page', String(page));
  return `${call.world.urls.rest}${call.path}?${query}`;
}
