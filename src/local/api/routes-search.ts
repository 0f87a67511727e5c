import type { Candidate } from './match-search.ts';
import type { Reply } from './operation.ts';
import { paginate } from './paginate.ts';
import { renderIssue } from './render-issue.ts';
import { type Call, HttpError, routes } from './route.ts';
import { searchIssues } from './search-issues.ts';

/** GitHub never shows more of a search. */
const RESULTS_MAX = 1000;

/** The search over issues and pull requests. */
export const searchRoutes = routes({
  'search/issues-and-pull-requests': {
    method: 'GET',
    path: '/search/issues',
    access: ['issues:read', 'pull_requests:read'],
    handle: search,
  },
});

function search(call: Call): Reply<'search/issues-and-pull-requests'> {
  const q = call.query.get('q') ?? '';
  if (q.trim() === '')
    throw new HttpError(422, 'Validation Failed', [
      { resource: 'Search', field: 'q', code: 'missing' },
    ]);
  const found = searchIssues(call.world, call.principal, {
    q,
    sort: call.query.get('sort') ?? undefined,
    order: call.query.get('order') === 'asc' ? 'asc' : 'desc',
  });
  const page = paginate(
    call,
    found.slice(0, RESULTS_MAX),
    (each) => renderResult(call, each),
    (items) => ({
      total_count: found.length,
      incomplete_results: false,
      items,
      search_type: 'lexical' as const,
    }),
  );
  const isPast = Number(call.query.get('page') ?? 1) > 1 && page.body.items.length === 0;
  if (isPast && found.length >= RESULTS_MAX)
    throw new HttpError(422, 'Only the first 1000 search results are available');
  return page;
}

function renderResult({ world }: Call, { repository, subject }: Candidate) {
  const { body, ...rest } = renderIssue(world, repository, subject);
  return { ...rest, ...(body === null ? {} : { body }), score: 1 };
}
