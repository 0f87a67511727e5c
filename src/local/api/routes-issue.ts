import type { Issue } from '#local/record/issue.ts';
import { isAtLeast } from './access.ts';
import { viaAppId } from './acting-app.ts';
import { addAssignee, setAssignees } from './change-assignee.ts';
import { closeIssue, createIssue, editIssue, reopenIssue } from './change-issue.ts';
import { setLabels, subjectByNumber } from './change-label.ts';
import { closePull, editPull, reopenPull } from './change-pull.ts';
import { invalid, numberParam, optionalText, optionalWord } from './field.ts';
import { actorOf } from './identity.ts';
import { listTimeline } from './list-timeline.ts';
import type { Reply } from './operation.ts';
import { paginate } from './paginate.ts';
import {
  checkMilestone,
  readAddedAssignees,
  readAssignees,
  readLabelNames,
  readTitle,
  requiredTitle,
} from './read-issue.ts';
import { renderIssueEvent } from './render-event.ts';
import { renderIssue } from './render-issue.ts';
import { type Call, HttpError, routes } from './route.ts';
import { selectIssues } from './select-issues.ts';
import { repositoryOf } from './serve-api.ts';

const READ = ['issues:read'] as const;
const EITHER_READ = ['issues:read', 'pull_requests:read'] as const;
const EITHER_WRITE = ['issues:write', 'pull_requests:write'] as const;
const ISSUES = '/repos/{owner}/{repo}/issues';
const ISSUE = `${ISSUES}/{issue_number}`;

/** Issues, who works on them, and their history. */
export const issueRoutes = routes({
  'issues/list-for-repo': {
    method: 'GET',
    path: ISSUES,
    access: READ,
    handle: (call) =>
      paginate(call, selectIssues(call), (issue) =>
        renderIssue(call.world, repositoryOf(call), issue),
      ),
  },
  'issues/create': { method: 'POST', path: ISSUES, access: ['issues:write'], handle: openIssue },
  'issues/get': {
    method: 'GET',
    path: ISSUE,
    access: READ,
    handle: (call) => {
      const { repository, subject } = find(call);
      return { status: 200, body: renderIssue(call.world, repository, subject) };
    },
  },
  'issues/update': { method: 'PATCH', path: ISSUE, access: EITHER_WRITE, handle: updateSubject },
  'issues/add-assignees': {
    method: 'POST',
    path: `${ISSUE}/assignees`,
    access: EITHER_WRITE,
    handle: (call) => {
      const { repository, subject } = find(call);
      for (const id of readAddedAssignees(call, subject.number))
        addAssignee(call.world, repository, actorOf(call.principal), subject, id);
      return { status: 201, body: renderIssue(call.world, repository, subject) };
    },
  },
  'issues/list-events': {
    method: 'GET',
    path: `${ISSUE}/events`,
    access: EITHER_READ,
    handle: (call) => {
      const { repository, subject } = find(call);
      const events = repository.timeline.filter((event) => event.number === subject.number);
      return paginate(call, events, (each) => renderIssueEvent(call.world, repository, each));
    },
  },
  'issues/list-events-for-timeline': {
    method: 'GET',
    path: `${ISSUE}/timeline`,
    access: EITHER_READ,
    handle: async (call) => {
      const { repository, subject } = find(call);
      const entries = await listTimeline(call.world, repository, subject);
      return paginate(call, entries, (each) => each.render());
    },
  },
});

function find(call: Call) {
  const repository = repositoryOf(call);
  const subject = subjectByNumber(repository, numberParam(call.params, 'issue_number'));
  return { repository, subject };
}

function openIssue(call: Call): Reply<'issues/create'> {
  const repository = repositoryOf(call);
  // As on GitHub, what someone without the role may not set is dropped without a word.
  const mayTriage = isTriager(call);
  if (mayTriage) checkMilestone(call.body);
  const issue = createIssue(call.world, repository, actorOf(call.principal), {
    title: requiredTitle(call.body),
    body: optionalText(call.body, 'body') ?? '',
    viaAppId: viaAppId(call.principal),
    labels: mayTriage ? (readLabelNames(call.body.labels) ?? []) : [],
    assignees: mayTriage ? (readAssignees(call, null) ?? []) : [],
  });
  const body = renderIssue(call.world, repository, issue);
  return { status: 201, body, headers: { location: body.url } };
}

async function updateSubject(call: Call): Promise<Reply<'issues/update'>> {
  const { repository, subject } = find(call);
  const actor = actorOf(call.principal);
  checkMayEdit(call, subject.authorId);
  // Everything is read before anything changes: a refusal leaves the issue as it was.
  const fields = { title: readTitle(call.body), body: optionalText(call.body, 'body') };
  if (call.body.state === null) throw invalid('state', 'invalid');
  const state = optionalWord(call.body, 'state', ['open', 'closed']);
  const reason = readReason(call);
  const labels = isTriager(call) ? readLabelNames(call.body.labels) : undefined;
  const assignees = isTriager(call) ? readAssignees(call, subject.number) : undefined;
  if (isTriager(call)) checkMilestone(call.body);
  if ('headRef' in subject) {
    await editPull(call.world, repository, actor, subject, fields);
    if (state === 'closed') closePull(call.world, repository, actor, subject);
    if (state === 'open') await reopenPull(call.world, repository, actor, subject);
  } else {
    editIssue(call.world, repository, actor, subject, fields);
    changeState(call, subject, state, reason);
  }
  if (labels) setLabels(call.world, repository, actor, subject, labels);
  if (assignees) setAssignees(call.world, repository, actor, subject, assignees);
  return { status: 200, body: renderIssue(call.world, repository, subject) };
}

function readReason({ body }: Call): 'completed' | 'not_planned' | 'duplicate' {
  const reasons = ['completed', 'not_planned', 'duplicate', 'reopened'] as const;
  const reason = optionalWord(body, 'state_reason', reasons) ?? 'completed';
  return reason === 'reopened' ? 'completed' : reason;
}

function changeState(
  call: Call,
  issue: Issue,
  state: 'open' | 'closed' | undefined,
  reason: 'completed' | 'not_planned' | 'duplicate',
): void {
  const repository = repositoryOf(call);
  const actor = actorOf(call.principal);
  if (state === 'closed') closeIssue(call.world, repository, actor, issue, reason);
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

function isTriager(call: Call): boolean {
  if (call.principal.kind !== 'user') return true;
  return isAtLeast(call.world.roleOf(repositoryOf(call), call.principal.user.id), 'triage');
}
