import type { Repository, User, World } from '#local/world.ts';
import { Fault } from '#model/fault.ts';
import type { JsonObject } from '#model/json.ts';
import { parseWorkflow } from './parse-workflow.ts';
import { listWorkflowPaths, readText, resolveRef } from './repository-file.ts';
import type { RunRequest, Runs } from './runs.ts';
import { isTriggered, type TriggerEvent } from './trigger.ts';
import type { WorkflowList } from './workflow-list.ts';
import { isObject } from './yaml-reader.ts';

// Events that start workflows here. What GITHUB_TOKEN caused starts none, or runs would breed runs.
const EVENTS = [
  'push',
  'pull_request',
  'pull_request_target',
  'issues',
  'issue_comment',
  'pull_request_review',
  'label',
];
const TOKEN_LOGIN = 'github-actions[bot]';
const NO_COMMIT = /^0+$/;

/** Start the workflows an event triggers; returns the function that stops listening. */
export function listenForTriggers(world: World, runs: Runs, workflows: WorkflowList): () => void {
  let listening = true;
  world.onEvent((event, repository, sender, payload) => {
    if (!listening || sender.login === TOKEN_LOGIN) return;
    const names = event === 'pull_request' ? [event, 'pull_request_target'] : [event];
    for (const name of names.filter((each) => EVENTS.includes(each)))
      runs.follow(tryTrigger({ name, repository, sender, payload, runs, workflows }));
  });
  return () => {
    listening = false;
  };
}

interface Occurrence {
  readonly name: string;
  readonly repository: Repository;
  readonly sender: User;
  readonly payload: JsonObject;
  readonly runs: Runs;
  readonly workflows: WorkflowList;
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
  const filtered = target.baseRef === '' ? target.ref : `refs/heads/${target.baseRef}`;
  const event: TriggerEvent = { name, action, ref: isBranchEvent(name) ? filtered : '' };
  for (const path of await listWorkflowPaths(repository, target.sha)) {
    const workflow = parseWorkflow((await readText(repository, target.sha, path)) ?? '', path);
    if (!workflow.ok || !workflow.value.on.has(name)) continue;
    if (!isTriggered(workflow.value.on.get(name) ?? null, event)) continue;
    await occurrence.runs.start({
      repository,
      entry: occurrence.workflows.entry(repository, path, workflow.value.name),
      event: name,
      payload,
      inputs: {},
      actor: occurrence.sender,
      ...target,
    });
  }
}

function isBranchEvent(name: string): boolean {
  return name === 'push' || name.startsWith('pull_request');
}

async function findTarget(occurrence: Occurrence): Promise<Target | undefined> {
  const { name, payload, repository } = occurrence;
  if (name === 'push') return pushTarget(payload);
  if (name === 'pull_request') return pullTarget(payload);
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
  const subject = payload.pull_request ?? payload.issue;
  if (isObject(subject) && typeof subject.title === 'string') return subject.title;
  const commit = payload.head_commit;
  const message = isObject(commit) && typeof commit.message === 'string' ? commit.message : '';
  return message.split('\n', 1)[0] ?? '';
}
