import { type Call, HttpError } from '#local/api/route.ts';
import type { Repository, User } from '#local/world.ts';
import { type ActionsService, actionsOf } from './actions-service.ts';
import type { RunRecord } from './run-record.ts';

/** A call that was matched below a repository: the repository and its Actions service. */
export interface ActionsCall {
  readonly repository: Repository;
  readonly service: ActionsService;
}

// GitHub's own limit on one page.
const PER_PAGE_MAX = 100;
const PER_PAGE = 30;

/** The repository of a call, or GitHub's 404. */
export function openCall(call: Call): ActionsCall {
  if (call.repository === undefined) throw new HttpError(404, 'Not Found');
  return { repository: call.repository, service: actionsOf(call.world) };
}

/** The run named in the path, or GitHub's 404. */
export function findRun(call: Call): ActionsCall & { readonly run: RunRecord } {
  const open = openCall(call);
  const run = open.service.runs.find(open.repository, Number(call.params.run_id));
  if (run === undefined) throw new HttpError(404, 'Not Found');
  return { ...open, run };
}

/** One page of a list as `per_page` and `page` ask for it. */
export function pageOf<T>(call: Call, items: readonly T[]): readonly T[] {
  const asked = Number(call.query.get('per_page') ?? PER_PAGE);
  const size = asked >= 1 ? Math.min(Math.floor(asked), PER_PAGE_MAX) : PER_PAGE;
  const page = Math.max(1, Math.floor(Number(call.query.get('page') ?? 1)) || 1);
  return items.slice((page - 1) * size, page * size);
}

/** `Link` for a list of that many items, in GitHub's form; no header for a single page. */
export function linkHeader(call: Call, path: string, total: number): Record<string, string> {
  const asked = Number(call.query.get('per_page') ?? PER_PAGE);
  const size = asked >= 1 ? Math.min(Math.floor(asked), PER_PAGE_MAX) : PER_PAGE;
  const page = Math.max(1, Math.floor(Number(call.query.get('page') ?? 1)) || 1);
  const last = Math.max(1, Math.ceil(total / size));
  const link = (rel: string, to: number) => {
    const query = new URLSearchParams(call.query);
    query.set('page', String(to));
    return `<${call.world.urls.rest}${path}?${query}>; rel="${rel}"`;
  };
  const links = [
    ...(page > 1 ? [link('prev', page - 1), link('first', 1)] : []),
    ...(page < last ? [link('next', page + 1), link('last', last)] : []),
  ];
  return links.length === 0 ? {} : { link: links.join(', ') };
}

/** Who a call acts as: a person, or the bot of an App or of a job. */
export function actorOf(call: Call): User {
  const { principal } = call;
  if (principal.kind === 'user') return principal.user;
  if (principal.kind === 'installation' || principal.kind === 'job') return principal.bot;
  throw new HttpError(403, 'Resource not accessible by integration');
}
