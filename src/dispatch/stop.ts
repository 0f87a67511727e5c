import type { EntryDraft } from '#model/entry.ts';
import type { Pause } from '#model/pause.ts';
import { describeScope } from '#model/pause.ts';
import type { Run, RunId } from '#model/run.ts';
import { isEnded } from '#model/run.ts';
import type { Place } from './dispatch.ts';
import type { WorkflowState } from './judge-stop.ts';
import { judgeStop } from './judge-stop.ts';
import type { Started } from './match-run.ts';

/** From here on people have the work: neither a label that goes nor a pause takes it from them. */
const withPeople: readonly Run['state'][] = ['published', 'in_review', 'merged'];

/** True when nothing is left to stop. */
export function isBeyondStop({ state }: Pick<Run, 'state'>): boolean {
  return isEnded(state) || withPeople.includes(state);
}

export interface StopDeps {
  readonly findRun: (id: RunId) => Promise<Run | undefined>;
  /**
   * Run cancelled, grant closed, sessions revoked, ledger `dispatch.stopped`, and the job that ends
   * the workflow run: one transaction, so that a crash after it loses nothing.
   */
  readonly end: (run: Run, because: string, actor: string) => Promise<void>;
}

/** `stop:closed`: what a run holds dies first, then its jobs. Repeatable, also on an ended run. */
export async function stop(
  runId: RunId,
  because: string,
  actor: string,
  deps: StopDeps,
): Promise<'stopped' | 'no_run'> {
  const run = await deps.findRun(runId);
  if (!run) return 'no_run';
  if (!isEnded(run.state) && run.state !== 'merged') await deps.end(run, because, actor);
  return 'stopped';
}

export interface EndWorkflowDeps {
  readonly findRun: (id: RunId) => Promise<Run | undefined>;
  /** The workflow run of a run that was stopped before its number was kept. */
  readonly findStarted: (run: Run) => Promise<Started>;
  /** Null when GitHub has no such run, or the App no longer reaches it. */
  readonly readWorkflow: (place: Place, workflowRunId: number) => Promise<WorkflowState | null>;
  readonly cancel: (place: Place, workflowRunId: number, force: boolean) => Promise<void>;
  readonly append: (entry: EntryDraft) => Promise<void>;
  /** Say on the issue what became of the run; one comment, edited in place. */
  readonly say: (run: Run, sentence: string) => Promise<void>;
  /** Look again after so many seconds. */
  readonly again: (order: EndWorkflow, delaySeconds: number) => Promise<void>;
}

/** The job of ending a stopped run's workflow run. */
export interface EndWorkflow {
  readonly runId: RunId;
  /** How often GitHub was asked to cancel it before. */
  readonly asked: number;
}

/**
 * When to look again after each request to cancel, in seconds: most jobs end at once, and people
 * wait to hear it; GitHub lets a cancelled job clean up for five minutes, so later ones wait longer.
 */
const lookAgainSeconds = [2, 8, 20] as const;
const lookAgainLaterSeconds = 10;

/**
 * End the workflow run of a stopped run, and say when it has ended: ask, look, ask with force, and
 * when even that does not help, tell people to end it by hand. What it held was revoked before.
 */
export async function endWorkflow(order: EndWorkflow, deps: EndWorkflowDeps): Promise<void> {
  const run = await deps.findRun(order.runId);
  if (!run) return;
  if (run.workflowRunId !== null) return endOne(run, run.workflowRunId, order, deps);
  const started = await deps.findStarted(run);
  switch (started.kind) {
    case 'one':
      return endOne(run, started.workflowRunId, order, deps);
    case 'not_listed_yet':
      return deps.again(order, lookAgainLaterSeconds);
    case 'none':
      return deps.say(run, 'No job had started');
    case 'many':
      return deps.say(
        run,
        `It was being started, and ${started.count} workflow runs could be its own: cancel them by hand`,
      );
  }
}

async function endOne(
  run: Run,
  workflowRunId: number,
  order: EndWorkflow,
  deps: EndWorkflowDeps,
): Promise<void> {
  const workflow = await deps.readWorkflow(run, workflowRunId);
  const next = judgeStop(workflow, order.asked);
  const about = { run, workflowRunId };
  switch (next.kind) {
    case 'ended':
      await note(about, 'dispatch.ended', { conclusion: next.conclusion }, deps);
      return deps.say(run, `Its workflow run ${workflowRunId} has ended (${next.conclusion})`);
    case 'stuck':
      await note(about, 'dispatch.stuck', { status: next.status }, deps);
      return deps.say(
        run,
        `Its credentials are revoked, but workflow run ${workflowRunId} is still ${next.status} after ${order.asked} requests to cancel it: cancel it by hand`,
      );
    case 'ask':
      await deps.cancel(run, workflowRunId, next.force);
      return deps.again(
        { runId: run.id, asked: order.asked + 1 },
        lookAgainSeconds[order.asked] ?? lookAgainLaterSeconds,
      );
  }
}

function note(
  { run, workflowRunId }: { readonly run: Run; readonly workflowRunId: number },
  kind: EntryDraft['kind'],
  facts: EntryDraft['facts'],
  deps: EndWorkflowDeps,
) {
  return deps.append({
    kind,
    runId: run.id,
    repositoryId: run.repository.id,
    actor: 'app',
    facts: { workflowRunId, ...facts },
  });
}

export interface PauseDeps extends StopDeps {
  readonly listCovered: (scope: Pause['scope']) => Promise<readonly Run[]>;
  /** Take back an admission that nothing was asked for yet; false when something was. */
  readonly withdraw: (runId: RunId, because: string, actor: string) => Promise<boolean>;
}

/**
 * `stop:closed`: bring what a pause covers to rest. Work that waits goes on waiting, what was
 * admitted waits again, what runs is stopped; what is with people stays with them.
 */
export async function enforcePause(pause: Pause, deps: PauseDeps): Promise<readonly RunId[]> {
  const because = `${describeScope(pause.scope)} was paused: ${pause.because}`;
  const stopped: RunId[] = [];
  for (const run of await deps.listCovered(pause.scope)) {
    if (isBeyondStop(run) || run.state === 'held') continue;
    if (run.state === 'admitted' && (await deps.withdraw(run.id, because, pause.by))) continue;
    await stop(run.id, because, pause.by, deps);
    stopped.push(run.id);
  }
  return stopped;
}
