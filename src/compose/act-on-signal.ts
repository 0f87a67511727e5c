import { revokeJob } from '#broker/session.ts';
import { isBeyondStop } from '#dispatch/stop.ts';
import { readIssue } from '#github/read-issue.ts';
import { readProjectItem } from '#github/read-project-item.ts';
import { isAssigned } from '#github/read-standing.ts';
import { isEnded } from '#model/run.ts';
import type { Signal } from '#model/signal.ts';
import { firstCause } from '#model/trigger.ts';
import type { StoredRun } from '#postgres/run-store.ts';
import {
  findRunOfIssue,
  findRunOfPull,
  findRunOfWorkflow,
  listOpenRuns,
} from '#postgres/run-store.ts';
import { checkPolicyChange } from './check-policy-change.ts';
import type { Commander } from './command.ts';
import type { Edges } from './edges.ts';
import { onBaseMoved } from './on-base-moved.ts';
import { onFeedback } from './on-feedback.ts';
import { onRevert } from './on-revert.ts';
import { onAuthorizationRevoked, onUninstalled } from './people.ts';
import type { Starter } from './start.ts';
import type { Stopper } from './stop.ts';

/** Send a queue job in a transaction of its own. */
export type Enqueue = (name: 'gate' | 'release' | 'reconsider', data: object) => Promise<void>;

/** What acting on a signal needs. */
export interface Act {
  readonly edges: Edges;
  readonly starter: Starter;
  readonly stopper: Stopper;
  readonly commander: Commander;
  readonly enqueue: Enqueue;
}

/**
 * Do what a signal asks for. It only names things: whoever acts reads the state again, so any
 * order, loss or repetition of signals ends in the same place (`delivery:any-order`).
 */
export async function actOnSignal(eventId: string, signal: Signal, act: Act): Promise<string> {
  const { edges, starter, stopper, enqueue } = act;
  switch (signal.kind) {
    case 'label_set':
      return starter.onWish(eventId, { ...signal, cause: { kind: 'label', label: signal.label } });
    case 'assigned':
      return starter.onWish(eventId, { ...signal, cause: { kind: 'assigned' } });
    case 'unassigned':
      return onUnassigned(signal, edges, stopper);
    case 'project_status_set':
      return onProjectStatus(eventId, signal, act);
    case 'command_given':
      return act.commander.obey({ eventId, given: signal });
    case 'label_removed':
      return onLabelRemoved(signal, edges, stopper);
    case 'issue_closed':
      return onIssueClosed(signal, act);
    case 'issue_reopened':
    case 'dependency_changed':
      await enqueue('reconsider', { repositoryId: signal.repository.id, issue: signal.issue });
      return 'its dependents are looked at again';
    case 'pull_changed':
      await enqueue('gate', { repositoryId: signal.repository.id, pull: signal.pull });
      return checkPolicyChange(signal, edges);
    case 'review_changed':
      await enqueue('gate', { repositoryId: signal.repository.id, pull: signal.pull });
      return 'the gate is worked out again';
    case 'changes_requested':
    case 'check_failed':
      return onFeedback(eventId, signal, act);
    case 'pull_closed':
      await onRevert(signal, act);
      return onPullClosed(signal, edges, enqueue);
    case 'base_moved':
      await onRevert(signal, act);
      return onBaseMoved(signal, act);
    case 'job_changed':
      return onJobChanged(signal, edges);
    case 'workflow_ended':
      return onWorkflowEnded(signal, edges);
    case 'installation_changed':
      return onInstallationChanged(signal, edges, stopper);
    case 'authorization_revoked':
      return onAuthorizationRevoked(edges, signal.person.id);
    case 'ignored':
      return signal.because;
  }
}

type Of<Kind extends Signal['kind']> = Extract<Signal, { kind: Kind }>;

async function onLabelRemoved(signal: Of<'label_removed'>, edges: Edges, stopper: Stopper) {
  const run = await findRunOfIssue(edges.database, signal.repository.id, signal.issue);
  const cause = run && firstCause(run.cause);
  if (!run || cause?.kind !== 'label' || cause.label !== signal.label) {
    return 'the label started nothing';
  }
  if (isBeyondStop(run)) return `the run is ${run.state}`;
  // The delivery may be late, and the label set again since: what is there now counts.
  const issue = await readLiveIssue(signal, edges);
  if (issue?.labels.includes(signal.label)) return `the issue carries ${signal.label} again`;
  return stopUnlessWithPeople(run, `the label ${signal.label} was removed`, signal, stopper);
}

/** The same as a label that goes: whoever may assign may take it back. */
async function onUnassigned(signal: Of<'unassigned'>, edges: Edges, stopper: Stopper) {
  const run = await findRunOfIssue(edges.database, signal.repository.id, signal.issue);
  if (!run || firstCause(run.cause).kind !== 'assigned') return 'the assignment started nothing';
  if (isBeyondStop(run)) return `the run is ${run.state}`;
  if (await isAssigned(edges.github, signal, edges.identity.botId)) {
    return 'the issue is assigned to the App again';
  }
  return stopUnlessWithPeople(run, 'the App was unassigned', signal, stopper);
}

/**
 * The event names neither repository nor issue: GitHub is asked what the item is. Only the column it
 * is in now can be asked about, so a late delivery starts nothing.
 */
async function onProjectStatus(eventId: string, signal: Of<'project_status_set'>, act: Act) {
  const { installationId, sender, at, project, field, status, itemNodeId } = signal;
  const item = await readProjectItem(act.edges.github, installationId, signal);
  if (!item) return 'the item of the project is no issue that the App reaches';
  if (item.project !== project || item.status !== status) {
    return `the issue is no longer in ${field} ${status}`;
  }
  return act.starter.onWish(eventId, {
    installationId,
    repository: item.repository,
    issue: item.issue,
    sender,
    cause: { kind: 'project_status', project, field, status, itemNodeId },
    at,
    textSha256: null,
  });
}

async function onIssueClosed(signal: Of<'issue_closed'>, { edges, stopper, enqueue }: Act) {
  await enqueue('reconsider', { repositoryId: signal.repository.id, issue: signal.issue });
  const run = await findRunOfIssue(edges.database, signal.repository.id, signal.issue);
  if (!run) return 'no run';
  // A merge closes its issue: nothing is left to stop, so nothing is read.
  if (isBeyondStop(run)) return `the run is ${run.state}`;
  const issue = await readLiveIssue(signal, edges);
  if (issue?.state === 'OPEN') return 'the issue is open again';
  const because = issue ? 'the issue was closed' : 'the issue was deleted or moved away';
  return stopUnlessWithPeople(run, because, signal, stopper);
}

/** Null when it is gone or out of reach: then nothing speaks for going on. */
async function readLiveIssue(
  { installationId, repository, issue }: Of<'label_removed'> | Of<'issue_closed'>,
  edges: Edges,
) {
  return (await readIssue(edges.github, { installationId, repository, issue }))?.issue ?? null;
}

async function stopUnlessWithPeople(
  run: StoredRun,
  because: string,
  signal: Parameters<typeof actorOf>[0],
  stopper: Stopper,
) {
  if (isBeyondStop(run)) return `the run is ${run.state}`;
  await stopper.stop(run.id, because, actorOf(signal));
  return `run ${run.id} was stopped`;
}

async function onPullClosed(signal: Of<'pull_closed'>, edges: Edges, enqueue: Enqueue) {
  const run = await findRunOfPull(edges.database, signal.repository.id, signal.pull);
  if (!run) {
    // It may have had one of our commits as head, and held its gate back.
    await enqueue('gate', { repositoryId: signal.repository.id, pull: signal.pull });
    return 'not a pull request of ours';
  }
  await enqueue('release', { runId: run.id });
  return signal.merged ? 'merged: settled next' : 'closed without a merge';
}

function actorOf({ sender }: { readonly sender: { readonly login: string; readonly id: number } }) {
  return `user:${sender.login}#${sender.id}`;
}

/** `run:identity`: what a job held dies with the job, whatever its own last step did. */
async function onJobChanged(signal: Of<'job_changed'>, edges: Edges) {
  if (signal.status !== 'completed') return 'nothing to do';
  const revoked = await revokeJob(signal.workflowRunId, signal.job, edges.sessions);
  return `${revoked} sessions were revoked`;
}

/** A workflow run that ended without naming its artifacts proves nothing: the run has failed. */
async function onWorkflowEnded(signal: Of<'workflow_ended'>, edges: Edges) {
  const run = await findRunOfWorkflow(edges.database, signal.workflowRunId);
  if (!run || isEnded(run.state)) return 'no open run';
  if (await edges.sessions.findReport(run.id)) return 'its report is being worked on';
  if (run.state !== 'dispatched' && run.state !== 'working') return `the run is ${run.state}`;
  await edges.grants.fail(
    run,
    `the workflow run ended (${signal.conclusion}) and reported nothing: read its log`,
  );
  return `run ${run.id} failed`;
}

async function onInstallationChanged(
  signal: Of<'installation_changed'>,
  edges: Edges,
  stopper: Stopper,
) {
  const { installationId, action, removed } = signal;
  if (action === 'deleted') await onUninstalled(edges, installationId);
  const isGone = ['deleted', 'suspend'].includes(action);
  const open = await listOpenRuns(edges.database, { installationId });
  const runs = open.filter((run) => isGone || removed.includes(run.repository.id));
  for (const run of runs)
    await stopper.stop(run.id, `the installation was changed: ${action}`, 'github');
  return `${runs.length} runs were stopped`;
}
