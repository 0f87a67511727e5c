import { canSee } from './access.ts';
import {
  addBlocker,
  blockedIssuesOf,
  issueById,
  type PlacedIssue,
  removeBlocker,
} from './change-dependency.ts';
import { invalid, numberParam, optionalNumber } from './field.ts';
import { actorOf } from './identity.ts';
import { paginate } from './paginate.ts';
import { renderIssue } from './render-issue.ts';
import { renderRepository } from './render-repository.ts';
import { type Call, HttpError, type Route } from './route.ts';
import { repositoryOf } from './serve-api.ts';

const DEPENDENCIES = '/repos/{owner}/{repo}/issues/{issue_number}/dependencies';

/** Which issue waits for which; across repositories, as far as the caller may see. */
export const dependencyRoutes: readonly Route[] = [
  {
    operation: 'issues/list-dependencies-blocked-by',
    method: 'GET',
    path: `${DEPENDENCIES}/blocked_by`,
    access: ['issues:read'],
    handle: (call) => {
      const { issue } = findIssue(call);
      const blockers = issue.blockedBy.flatMap((id) => issueById(call.world, id) ?? []);
      return listPlaced(call, blockers);
    },
  },
  {
    operation: 'issues/list-dependencies-blocking',
    method: 'GET',
    path: `${DEPENDENCIES}/blocking`,
    access: ['issues:read'],
    handle: (call) => listPlaced(call, blockedIssuesOf(call.world, findIssue(call).issue)),
  },
  {
    operation: 'issues/add-blocked-by-dependency',
    method: 'POST',
    path: `${DEPENDENCIES}/blocked_by`,
    access: ['issues:write'],
    handle: (call) => {
      const blocked = findIssue(call);
      const id = optionalNumber(call.body, 'issue_id');
      if (id === undefined) throw invalid('issue_id', 'missing_field');
      const blocker = issueById(call.world, id);
      if (!blocker || !canSee(call.world, blocker.repository, call.principal))
        throw new HttpError(404, 'Not Found');
      addBlocker(call.world, actorOf(call.principal), blocked, blocker);
      return { status: 201, body: renderPlaced(call, blocked) };
    },
  },
  {
    operation: 'issues/remove-dependency-blocked-by',
    method: 'DELETE',
    path: `${DEPENDENCIES}/blocked_by/{issue_id}`,
    access: ['issues:write'],
    handle: (call) => {
      const blocked = findIssue(call);
      const blocker = issueById(call.world, numberParam(call.params, 'issue_id'));
      if (!blocker) throw new HttpError(404, 'Not Found');
      removeBlocker(call.world, actorOf(call.principal), blocked, blocker);
      return { status: 200, body: renderPlaced(call, blocked) };
    },
  },
];

function findIssue(call: Call): PlacedIssue {
  const repository = repositoryOf(call);
  const issue = repository.issues.get(numberParam(call.params, 'issue_number'));
  if (!issue) throw new HttpError(404, 'Not Found');
  return { repository, issue };
}

function listPlaced(call: Call, issues: readonly PlacedIssue[]) {
  const visible = issues.filter((each) => canSee(call.world, each.repository, call.principal));
  return paginate(call, visible, (each) => renderPlaced(call, each));
}

function renderPlaced(call: Call, { repository, issue }: PlacedIssue) {
  return {
    ...renderIssue(call.world, repository, issue),
    repository: renderRepository(call.world, repository),
  };
}
