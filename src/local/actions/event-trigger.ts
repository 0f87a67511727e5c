import { readCommit } from '#local/git/object.ts';
import type { User } from '#local/record/account.ts';
import type { Repository } from '#local/record/repository.ts';
import type { World } from '#local/world.ts';
import { ACTIONS_APP_ID } from '#local/world-state.ts';
import { Fault } from '#model/fault.ts';
import type { JsonObject } from '#model/json.ts';
import { listChangedFiles } from './changed-files.ts';
import { completeEvent } from './complete-event.ts';
import { findTarget, type Target } from './run-target.ts';
import type { Runs } from './runs.ts';
import { asksToSkip } from './skip-instruction.ts';
import { isTriggered, namesPaths, type TriggerEvent } from './trigger.ts';
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
          world,
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
  readonly world: World;
  readonly repository: Repository;
  readonly sender: User;
  readonly payload: JsonObject;
  readonly runs: Runs;
  readonly workflows: WorkflowList;
  readonly readWorkflows: ReadWorkflows;
}

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
  if (target === undefined || (await isSkipped(occurrence, target))) return;
  const action = typeof payload.action === 'string' ? payload.action : undefined;
  const event: TriggerEvent = {
    name,
    action,
    ref: filteredRef(occurrence, target),
    ...workflowOf(payload),
  };
  let files: Promise<readonly string[] | undefined> | undefined;
  const addFiles = async (): Promise<TriggerEvent> => {
    files ??= listChangedFiles(repository, name, payload);
    const changed = await files;
    return changed === undefined ? event : { ...event, files: changed };
  };
  for (const { path, workflow } of await occurrence.readWorkflows(repository, target.sha)) {
    const filter = workflow.on.get(name);
    if (filter === undefined) continue;
    if (!isTriggered(filter, namesPaths(filter) ? await addFiles() : event)) continue;
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

async function isSkipped({ name, repository }: Occurrence, target: Target): Promise<boolean> {
  if (name !== 'push' && name !== 'pull_request') return false;
  const head = await readCommit(repository.gitDir, target.headSha);
  return asksToSkip(head.message);
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
