import { addBlocker, removeBlocker } from './change-dependency.ts';
import { numberParam } from './field.ts';
import { actorOf } from './identity.ts';
import { blockedIssuesOf, blockersOf, issueById } from './place-issue.ts';
import { findIssue, findOther, listPlaced, renderPlaced } from './placed-call.ts';
import { HttpError, routes } from './route.ts';

const DEPENDENCIES = '/repos/{owner}/{repo}/issues/{issue_number}/dependencies';

/** Which issue waits for which; across repositories, as far as the caller may see. */
export const dependencyRoutes = routes({
  'issues/list-dependencies-blocked-by': {
    method: 'GET',
    path: `${DEPENDENCIES}/blocked_by`,
    access: ['issues:read'],
    handle: (call) => listPlaced(call, blockersOf(call.world, findIssue(call).issue)),
  },
  'issues/list-dependencies-blocking': {
    method: 'GET',
    path: `${DEPENDENCIES}/blocking`,
    access: ['issues:read'],
    handle: (call) => listPlaced(call, blockedIssuesOf(call.world, findIssue(call).issue)),
  },
  'issues/add-blocked-by-dependency': {
    method: 'POST',
    path: `${DEPENDENCIES}/blocked_by`,
    access: ['issues:write'],
    handle: (call) => {
      const blocked = findIssue(call);
      addBlocker(call.world, actorOf(call.principal), blocked, findOther(call, 'issue_id'));
      return { status: 201, body: renderPlaced(call, blocked) };
    },
  },
  'issues/remove-dependency-blocked-by': {
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
});
