import type { Repository, User, World } from '#local/world.ts';
import { ACTIONS_APP_ID } from '#local/world-state.ts';
import { Fault } from '#model/fault.ts';
import type { JsonObject } from '#model/json.ts';
import { completeEvent } from './complete-event.ts';
import { resolveRef } from './repository-file.ts';
import type { RunRequest, Runs } from './runs.ts';
import { isTriggered, type TriggerEvent } from './trigger.ts';
import type { WorkflowList } from './workflow-list.ts';
import { openWorkflowReader, type ReadWorkflows } from './workflows-at.ts';
import { isObject } from './yaml-reader.ts';

// Events that start workflows here: docs.github.com, "Events that trigger workflows".
const EVENTS = [
  'push',
  'pull_request',
  'pull_request_target',
  'pull_request_review',
  'pull_request_review_comment',
  'merge_group',
  'issues',
  'issue_comment',
  'label',
  'status',
  'check_run',
  'check_suite',
  'workflow_run',
  'repository_dispatch',
];
// What GITHUB_TOKEN caused starts none, or runs would breed runs; these two are asked for.
const ASKED_FOR = ['repository_dispatch'];
const TOKEN_LOGIN = 'github-actions[bot]';
const NO_COMMIT = /^0+$/;

/** Start the workflows an event triggers; returns the function that stops listening. */
export function listenForTriggers(world: World, runs: Runs, workflows: WorkflowList): () => void {
  let listening = true;
  const readWorkflows = openWorkflowReader();
  world.onEvent((event, repository, sender, payload) => {
    if (!listening) return;
    if (sender.login === TOKEN_LOGIN && !ASKED_FOR.includes(event)) return;
    if (isOfActions(event, payload)) return;
    const names = event === 'pull_request' ? [event, 'pull_request_target'] : [event];
    for (const name of names.filter((each) => EVENTS.includes(each)))
      runs.follow(
        tryTrigger({
          name,
          repository,
          sender,
          payload: completeEvent(world, repository, sender, payload),
          runs,
          workflows,
          readWorkflows,
        }),
      );
  });
  return () => {
    listening = false;
  };
}

// A check that a workflow made starts no workflow: it would go on for ever.
function isOfActions(event: string, payload: JsonObject): boolean {
  if (event !== 'check_run' && event !== 'check_suite') return false;
  const subject = payload[event];
  const app = isObject(subject) ? subject.app : undefined;
  return isObject(app) && app.id === ACTIONS_APP_ID;
}

interface Occurrence {
  readonly name: string;
  readonly repository: Repository;
  readonly sender: User;
  readonly payload: JsonObject;
  readonly runs: Runs;
  readonly workflows: WorkflowList;
  readonly readWorkflows: ReadWorkflows;
}

type Target = Pick<RunRequest, 'ref' | 'sha' | 'headBranch' | 'headRef' | 'baseRef' | 'title'>;

// A commit that cannot be read (a branch deleted meanwhile) starts nothing, as on GitHub.
async function tryTrigger(occurrence: Occurrence): Promise<void> {
  try {
    await trigger(occurrence);
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
  }
}

async function trigger(occurrence: Occurrence): Promise<void> {
  const { repository, payload, name } = occurrence;
  const target = await findTarget(occurrence);
  if (target === undefined) return;
  const action = typeof payload.action === 'string' ? payload.action : undefined;
  const event: TriggerEvent = {
    name,
    action,
    ref: filteredRef(occurrence, target),
    ...workflowOf(payload),
  };
  for (const { path, workflow } of await occurrence.readWorkflows(repository, target.sha)) {
    const filter = workflow.on.get(name);
    if (filter === undefined || !isTriggered(filter, event)) continue;
    await occurrence.runs.start({
      repository,
      entry: occurrence.workflows.entry(repository, path, workflow.name),
      event: name,
      payload,
      inputs: {},
      actor: occurrence.sender,
      ...target,
    });
  }
}

// What `branches:` is held against: a pull request's base, the branch of the run that was followed.
function filteredRef({ name, payload }: Occurrence, target: Target): string {
  if (name === 'workflow_run') {
    const run = payload.workflow_run;
    return isObject(run) && typeof run.head_branch === 'string'
      ? `refs/heads/${run.head_branch}`
      : '';
  }
  if (name === 'merge_group') {
    const group = payload.merge_group;
    return isObject(group) ? String(group.base_ref ?? '') : '';
  }
  if (name !== 'push' && !name.startsWith('pull_request')) return '';
  return target.baseRef === '' ? target.ref : `refs/heads/${target.baseRef}`;
}

function workflowOf(payload: JsonObject): Pick<TriggerEvent, 'workflow'> {
  const { workflow } = payload;
  return isObject(workflow) ? { workflow: String(workflow.name) } : {};
}

async function findTarget(occurrence: Occurrence): Promise<Target | undefined> {
  const { name, payload, repository } = occurrence;
  if (name === 'push') return pushTarget(payload);
  if (name === 'pull_request' || /^pull_request_review/.test(name)) return pullTarget(payload);
  if (name === 'merge_group') return groupTarget(payload);
  const branch = repository.defaultBranch;
  const head = await resolveRef(repository, `refs/heads/${branch}`);
  if (head === undefined) return undefined;
  const base = name === 'pull_request_target' ? pullTarget(payload)?.baseRef : undefined;
  return { ...head, headBranch: branch, headRef: '', baseRef: base ?? '', title: titleOf(payload) };
}

function pushTarget(payload: JsonObject): Target | undefined {
  const { ref, after } = payload;
  if (typeof ref !== 'string' || typeof after !== 'string' || NO_COMMIT.test(after))
    return undefined;
  // Only branches and tags start workflows: refs of our own (evidence) do not.
  const headBranch = /^refs\/(?:heads|tags)\/(.+)$/.exec(ref)?.[1];
  if (headBranch === undefined) return undefined;
  return { ref, sha: after, headBranch, headRef: '', baseRef: '', title: titleOf(payload) };
}

function groupTarget(payload: JsonObject): Target | undefined {
  const group = payload.merge_group;
  if (!isObject(group)) return undefined;
  const { head_ref: ref, head_sha: sha } = group;
  if (typeof ref !== 'string' || typeof sha !== 'string') return undefined;
  const headBranch = ref.replace(/^refs\/heads\//, '');
  return { ref, sha, headBranch, headRef: '', baseRef: '', title: titleOf(payload) };
}

// GitHub checks out a trial merge here; the local GitHub keeps none, so the head itself is run.
function pullTarget(payload: JsonObject): Target | undefined {
  const pull = payload.pull_request;
  if (!isObject(pull) || !isObject(pull.head) || !isObject(pull.base)) return undefined;
  const { sha, ref } = pull.head;
  if (typeof sha !== 'string' || typeof ref !== 'string') return undefined;
  return {
    ref: `refs/pull/${String(pull.number)}/merge`,
    sha,
    headBranch: ref,
    headRef: ref,
    baseRef: String(pull.base.ref ?? ''),
    title: titleOf(payload),
  };
}

function titleOf(payload: JsonObject): string {
  if (typeof payload.client_payload === 'object') return String(payload.action);
  const subject = payload.pull_request ?? payload.issue;
  if (isObject(subject) && typeof subject.title === 'string') return subject.title;
  const commit = payload.head_commit;
  const message = isObject(commit) && typeof commit.message === 'string' ? commit.message : '';
  return message.split('\n', 1)[0] ?? '';
}
