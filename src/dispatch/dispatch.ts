import type { EntryDraft } from '#model/entry.ts';
import { Fault } from '#model/fault.ts';
import type { Grant } from '#model/grant.ts';
import { callerWorkflowPath } from '#model/names.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import type { Run, RunId } from '#model/run.ts';
import type { SeenRun, Started } from './match-run.ts';
import { matchRun } from './match-run.ts';

/** Where a dispatch goes. */
export type Place = Pick<Run, 'installationId' | 'repository'>;

/** GitHub's answer to the request for a workflow run. */
export type Dispatched =
  | { readonly kind: 'started'; readonly workflowRunId: number }
  /** Taken, without saying which run it became. */
  | { readonly kind: 'unnamed' }
  /** Not taken, for good; the sentence is for people. */
  | { readonly kind: 'refused'; readonly sentence: string };

export interface StartDeps {
  readonly botUserId: number;
  readonly now: () => Date;
  readonly findRun: (id: RunId) => Promise<Run | undefined>;
  readonly findGrant: (runId: RunId) => Promise<Grant | undefined>;
  readonly readHead: (place: Place) => Promise<{
    readonly ref: string;
    readonly sha: string;
    readonly sha256: string | null;
    readonly organizationSha256: string | null;
  } | null>;
  /** Give the grant and its run a new base, while nothing was asked for yet. */
  readonly rebase: (run: Run, base: { ref: string; sha: string }) => Promise<void>;
  /** When the workflow run was first asked for; undefined when it was not. */
  readonly findRequested: (runId: RunId) => Promise<string | undefined>;
  readonly append: (entry: EntryDraft) => Promise<void>;
  readonly requestRun: (place: Place, ref: string, grantId: string) => Promise<Dispatched>;
  readonly listDispatched: (place: Place, since: string) => Promise<readonly SeenRun[]>;
  readonly listTaken: (repositoryId: number) => Promise<readonly number[]>;
  /** Workflow run, grant open, run dispatched, ledger `dispatch.started`: one transaction. */
  readonly bind: (run: Run, grant: Grant, workflowRunId: number) => Promise<'bound' | 'gone'>;
  readonly cancelRun: (place: Place, workflowRunId: number) => Promise<void>;
  /** Run failed, grant closed, ledger `dispatch.failed`: one transaction. */
  readonly fail: (run: Run, because: string) => Promise<void>;
}

/** What it takes to look for a workflow run that was asked for. */
export type LookDeps = Pick<
  StartDeps,
  'botUserId' | 'now' | 'findGrant' | 'findRequested' | 'listDispatched' | 'listTaken'
>;

/** A listed run can be late by some seconds; so long a repeated request waits for it. */
const listingLagMs = 20_000;

export interface StartRefusal {
  readonly reason: 'no_run' | 'not_admitted' | 'base_changed' | 'workflow_missing' | 'ambiguous';
  readonly sentence: string;
}

/**
 * Start the caller workflow of an admitted run and learn the workflow run's id. Safe to repeat at
 * any point: what was asked for before is looked for before it is asked for again.
 *
 * Fails  with GITHUB_UNAVAILABLE, to be tried again, while GitHub has not said which run it is.
 */
export async function start(
  runId: RunId,
  deps: StartDeps,
): Promise<Result<{ readonly workflowRunId: number }, StartRefusal>> {
  const run = await deps.findRun(runId);
  const grant = await deps.findGrant(runId);
  if (!run || !grant) return refused('no_run', `there is no run ${runId} with a grant`);
  if (run.workflowRunId !== null) return ok({ workflowRunId: run.workflowRunId });
  if (run.state !== 'admitted' || grant.state !== 'pending') {
    return refused('not_admitted', `expected an admitted run, but it is ${run.state}`);
  }
  const requestedAt = await deps.findRequested(runId);
  if (requestedAt !== undefined) return resume(run, grant, requestedAt, deps);
  return requestAtHead(run, grant, deps);
}

async function requestAtHead(run: Run, grant: Grant, deps: StartDeps) {
  const based = await toLiveBase(run, grant, deps);
  return based.ok ? request(based.value.run, based.value.grant, deps) : based;
}

/** The agent starts from the branch's head as it is now, under the policy that was decided by. */
async function toLiveBase(run: Run, grant: Grant, deps: StartDeps) {
  const head = await deps.readHead(run);
  const isAsDecided =
    head?.sha256 === run.policySha256 && head.organizationSha256 === run.organizationPolicySha256;
  if (!isAsDecided) {
    const sentence = 'the policy changed between the decision and the start: ask again';
    await deps.fail(run, sentence);
    return refused('base_changed', sentence);
  }
  if (head.sha === grant.sha && head.ref === grant.ref) return ok({ run, grant });
  await deps.rebase(run, { ref: head.ref, sha: head.sha });
  return ok({
    run: { ...run, baseRef: head.ref, baseSha: head.sha },
    grant: { ...grant, ref: head.ref, sha: head.sha },
  });
}

async function request(run: Run, grant: Grant, deps: StartDeps) {
  const requestedAt = deps.now().toISOString();
  await deps.append({
    kind: 'dispatch.requested',
    runId: run.id,
    repositoryId: run.repository.id,
    actor: 'app',
    facts: { grantId: grant.id, ref: grant.ref, sha: grant.sha, requestedAt },
  });
  const answer = await deps.requestRun(run, grant.ref, grant.id);
  if (answer.kind === 'started') return bind(run, grant, answer.workflowRunId, deps);
  if (answer.kind === 'unnamed') return find(run, grant, requestedAt, deps);
  await deps.fail(run, answer.sentence);
  return refused('workflow_missing', answer.sentence);
}

/** Asked for before, and then this process ended or GitHub did not answer: look before asking. */
async function resume(run: Run, grant: Grant, requestedAt: string, deps: StartDeps) {
  const found = await matchListed(run, grant, requestedAt, deps);
  const waitedMs = deps.now().getTime() - Date.parse(requestedAt);
  if (found.kind === 'none' && waitedMs > listingLagMs) return requestAtHead(run, grant, deps);
  return settle(run, grant, found, deps);
}

async function find(run: Run, grant: Grant, requestedAt: string, deps: StartDeps) {
  return settle(run, grant, await matchListed(run, grant, requestedAt, deps), deps);
}

async function matchListed(run: Run, grant: Grant, requestedAt: string, deps: LookDeps) {
  const seen = await deps.listDispatched(run, requestedAt);
  const taken = await deps.listTaken(run.repository.id);
  return matchRun(seen, {
    grantId: grant.id,
    headSha: grant.sha,
    path: callerWorkflowPath,
    actorId: deps.botUserId,
    requestedAt,
    taken,
  });
}

/**
 * The workflow run of a run that was ended while it was being started: this process died before it
 * heard the number, or GitHub's answer was lost. Looked for as a start looks for it.
 */
export async function findStarted(run: Run, deps: LookDeps): Promise<Started> {
  const grant = await deps.findGrant(run.id);
  const requestedAt = await deps.findRequested(run.id);
  if (!grant || requestedAt === undefined) return { kind: 'none' };
  const found = await matchListed(run, grant, requestedAt, deps);
  const waitedMs = deps.now().getTime() - Date.parse(requestedAt);
  return found.kind === 'none' && waitedMs <= listingLagMs ? { kind: 'not_listed_yet' } : found;
}

async function settle(run: Run, grant: Grant, match: ReturnType<typeof matchRun>, deps: StartDeps) {
  if (match.kind === 'one') return bind(run, grant, match.workflowRunId, deps);
  if (match.kind === 'many') {
    const sentence = `expected one new workflow run, got ${match.count}, and nothing tells them apart: cancel them and ask again`;
    await deps.fail(run, sentence);
    return refused('ambiguous', sentence);
  }
  throw new Fault('GITHUB_UNAVAILABLE', 'the workflow run that was asked for is not listed yet', {
    retryAfterMs: listingLagMs,
  });
}

/** `stop:closed`: a run that was stopped while GitHub started it is cancelled there too. */
async function bind(run: Run, grant: Grant, workflowRunId: number, deps: StartDeps) {
  if ((await deps.bind(run, grant, workflowRunId)) === 'bound') return ok({ workflowRunId });
  const now = await deps.findRun(run.id);
  if (now?.workflowRunId === workflowRunId) return ok({ workflowRunId });
  await deps.cancelRun(run, workflowRunId);
  return refused('not_admitted', 'the run was stopped while it was being started');
}

function refused(reason: StartRefusal['reason'], sentence: string) {
  return refuse({ reason, sentence });
}
