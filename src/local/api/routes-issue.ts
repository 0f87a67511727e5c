import type { Issue } from '../world.ts';
import { isAtLeast } from './access.ts';
import { closeIssue, createIssue, editIssue, reopenIssue } from './change-issue.ts';
import { setLabels, subjectByNumber } from './change-label.ts';
import { closePull, editPull, reopenPull } from './change-pull.ts';
import {
  numberParam,
  optionalText,
  optionalTexts,
  optionalWord,
  requiredText,
  TITLE_CHARS_MAX,
} from './field.ts';
import { actorOf } from './identity.ts';
import { paginate } from './paginate.ts';
import { renderIssue, renderIssueEvent } from './render-issue.ts';
import { type Call, HttpError, type Route } from './route.ts';
import { repositoryOf } from './serve-api.ts';

const READ = ['issues:read'] as const;
const EITHER_READ = ['issues:read', 'pull_requests:read'] as const;
const EITHER_WRITE = ['issues:write', 'pull_requests:write'] as const;
const ISSUES = '/repos/{owner}/{repo}/issues';

/** Issues and their history. */
export const issueRoutes: readonly Route[] = [
  {
    operation: 'issues/list-for-repo',
    method: 'GET',
    path: ISSUES,
    access: READ,
    handle: (call) => {
      const repository = repositoryOf(call);
      return paginate(call, selectIssues(call), (issue) =>
        renderIssue(call.world, repository, issue),
      );
    },
  },
  {
    operation: 'issues/create',
    method: 'POST',
    path: ISSUES,
    access: ['issues:write'],
    handle: (call) => {
      const repository = repositoryOf(call);
      const issue = createIssue(call.world, repository, actorOf(call.principal), {
        title: requiredText(call.body, 'title', TITLE_CHARS_MAX),
        body: optionalText(call.body, 'body') ?? '',
        // As on GitHub, labels of someone without the role are dropped without a word.
        labels: maySetLabels(call) ? readLabelNames(call.body.labels) : [],
      });
      return { status: 201, body: renderIssue(call.world, repository, issue) };
    },
  },
  {
    operation: 'issues/get',
    method: 'GET',
    path: `${ISSUES}/{issue_number}`,
    access: EITHER_READ,
    handle: (call) => {
      const repository = repositoryOf(call);
      const issue = subjectByNumber(repository, numberParam(call.params, 'issue_number'));
      return { status: 200, body: renderIssue(call.world, repository, issue) };
    },
  },
  {
    operation: 'issues/update',
    method: 'PATCH',
    path: `${ISSUES}/{issue_number}`,
    access: EITHER_WRITE,
    handle: updateSubject,
  },
  ...(['events', 'timeline'] as const).map(
    (name): Route => ({
      operation: name === 'events' ? 'issues/list-events' : 'issues/list-events-for-timeline',
      method: 'GET',
      path: `${ISSUES}/{issue_number}/${name}`,
      access: EITHER_READ,
      handle: (call) => {
        const repository = repositoryOf(call);
        const { number } = subjectByNumber(repository, numberParam(call.params, 'issue_number'));
        const events = repository.timeline.filter((event) => event.number === number);
        return paginate(call, events, (each) => renderIssueEvent(call.world, repository, each));
      },
    }),
  ),
];

function selectIssues(call: Call) {
  const repository = repositoryOf(call);
  const state = call.query.get('state') ?? 'open';
  const labels = (call.query.get('labels') ?? '').split(',').filter((name) => name !== '');
  const creator = call.query.get('creator');
  const creatorId = creator === null ? undefined : call.world.userByLogin(creator)?.id;
  const since = call.query.get('since') ?? '';
  const sort = call.query.get('sort') === 'updated' ? 'updatedAt' : 'createdAt';
  const ascending = call.query.get('direction') === 'asc' ? 1 : -1;
  return [...repository.issues.values(), ...repository.pulls.values()]
    .filter((issue) => state === 'all' || issue.state === state)
    .filter((issue) => labels.every((name) => hasLabel(issue.labels, name)))
    .filter((issue) => creator === null || issue.authorId === creatorId)
    .filter((issue) => issue.updatedAt >= since)
    .sort((a, b) => ascending * (a[sort].localeCompare(b[sort]) || a.number - b.number));
}

function hasLabel(labels: readonly string[], name: string): boolean {
  return labels.some((each) => each.toLowerCase() === name.toLowerCase());
}

async function updateSubject(call: Call) {
  const repository = repositoryOf(call);
  const subject = subjectByNumber(repository, numberParam(call.params, 'issue_number'));
  const actor = actorOf(call.principal);
  checkMayEdit(call, subject.authorId);
  const fields = {
    title: optionalText(call.body, 'title', TITLE_CHARS_MAX),
    body: optionalText(call.body, 'body'),
  };
  const state = optionalWord(call.body, 'state', ['open', 'closed']);
  const labels = optionalTexts(call.body, 'labels');
  if ('headRef' in subject) {
    await editPull(call.world, repository, actor, subject, fields);
    if (state === 'closed') closePull(call.world, repository, actor, subject);
    if (state === 'open') reopenPull(call.world, repository, actor, subject);
  } else {
    editIssue(call.world, repository, actor, subject, fields);
    changeState(call, subject, state);
  }
  if (labels && maySetLabels(call)) setLabels(call.world, repository, actor, subject, labels);
  return { status: 200, body: renderIssue(call.world, repository, subject) };
}

function changeState(call: Call, issue: Issue, state: 'open' | 'closed' | undefined): void {
  const repository = repositoryOf(call);
  const actor = actorOf(call.principal);
  const reasons = ['completed', 'not_planned', 'duplicate', 'reopened'] as const;
  const reason = optionalWord(call.body, 'state_reason', reasons) ?? 'completed';
  if (state === 'closed')
    closeIssue(call.world, repository, actor, issue, reason === 'reopened' ? 'completed' : reason);
  if (state === 'open') reopenIssue(call.world, repository, actor, issue);
}

/** Authors may edit what they wrote; others need the role. Tokens were checked by permission. */
export function checkMayEdit(
  call: Call,
  authorId: number,
  needed: 'triage' | 'write' = 'triage',
): void {
  if (call.principal.kind !== 'user' || call.principal.user.id === authorId) return;
  const role = call.world.roleOf(repositoryOf(call), call.principal.user.id);
  if (!isAtLeast(role, needed)) throw new HttpError(403, 'Must have admin rights to Repository.');
}

function maySetLabels(call: Call): boolean {
  if (call.principal.kind !== 'user') return true;
  return isAtLeast(call.world.roleOf(repositoryOf(call), call.principal.user.id), 'triage');
}

/** Labels come as names or as objects with a name. */
export function readLabelNames(value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  const items = Array.isArray(value) ? value.slice(0, 100) : [value];
  return items.map((item: unknown) => {
    if (typeof item === 'string') return item;
    if (typeof item === 'object' && item !== null && 'name' in item) return String(item.name);
    throw new HttpError(422, 'Validation Failed', [
      { resource: 'Issue', code: 'invalid', field: 'labels' },
    ]);
  });
}
