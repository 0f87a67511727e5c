import { canSee } from './access.ts';
import { addSubIssue, moveSubIssue, removeSubIssue } from './change-sub-issue.ts';
import { invalid } from './field.ts';
import { actorOf } from './identity.ts';
import type { Reply } from './operation.ts';
import { issueById, parentOf, subIssuesOf } from './place-issue.ts';
import { findIssue, findOther, listPlaced, renderPlaced } from './placed-call.ts';
import { type Call, HttpError, routes } from './route.ts';

const ISSUE = '/repos/{owner}/{repo}/issues/{issue_number}';

/** Issues below issues; across the repositories of one owner, as far as the caller may see. */
export const subIssueRoutes = routes({
  'issues/list-sub-issues': {
    method: 'GET',
    path: `${ISSUE}/sub_issues`,
    access: ['issues:read'],
    handle: (call) => listPlaced(call, subIssuesOf(call.world, findIssue(call).issue)),
  },
  'issues/get-parent': {
    method: 'GET',
    path: `${ISSUE}/parent`,
    access: ['issues:read'],
    handle: (call) => {
      const parent = parentOf(call.world, findIssue(call).issue);
      if (!parent || !canSee(call.world, parent.repository, call.principal))
        throw new HttpError(404, 'Not Found');
      return { status: 200, body: renderPlaced(call, parent) };
    },
  },
  'issues/add-sub-issue': {
    method: 'POST',
    path: `${ISSUE}/sub_issues`,
    access: ['issues:write'],
    handle: addToParent,
  },
  'issues/remove-sub-issue': {
    method: 'DELETE',
    path: `${ISSUE}/sub_issue`,
    access: ['issues:write'],
    handle: (call) => {
      const parent = findIssue(call);
      const id = readId(call, 'sub_issue_id', 400);
      const child = id === undefined ? undefined : issueById(call.world, id);
      if (!child) throw new HttpError(404, 'The provided sub-issue does not exist');
      removeSubIssue(call.world, actorOf(call.principal), parent, child);
      return { status: 200, body: renderPlaced(call, parent) };
    },
  },
  'issues/reprioritize-sub-issue': {
    method: 'PATCH',
    path: `${ISSUE}/sub_issues/priority`,
    access: ['issues:write'],
    handle: (call) => {
      const parent = findIssue(call);
      const id = readId(call, 'sub_issue_id', 422);
      if (id === undefined) throw new HttpError(422, 'Invalid request: sub_issue_id is missing.');
      moveSubIssue(call.world, parent, id, readPlace(call));
      return { status: 200, body: renderPlaced(call, parent) };
    },
  },
});

function addToParent(call: Call): Reply<'issues/add-sub-issue'> {
  const parent = findIssue(call);
  const child = findOther(call, 'sub_issue_id');
  const { replace_parent: replace = false } = call.body;
  if (typeof replace !== 'boolean') throw invalid('replace_parent', 'invalid');
  addSubIssue(call.world, actorOf(call.principal), parent, child, replace);
  const body = renderPlaced(call, parent);
  return { status: 201, body, headers: { location: body.url } };
}

/** GitHub documents other refusals here than elsewhere: 400, or 422 without a list of errors. */
function readId({ body }: Call, field: string, status: 400 | 422): number | undefined {
  const value = body[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new HttpError(status, `Invalid request: ${field} is not an integer.`);
}

function readPlace(call: Call): { readonly after: number } | { readonly before: number } {
  const after = readId(call, 'after_id', 422);
  const before = readId(call, 'before_id', 422);
  if (after !== undefined && before === undefined) return { after };
  if (before !== undefined && after === undefined) return { before };
  throw new HttpError(422, 'Invalid request: give either after_id or before_id.');
}
