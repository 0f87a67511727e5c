import type { Decision } from '#model/decision.ts';
import type { EntryDraft } from '#model/entry.ts';
import { assert } from '#model/fault.ts';
import type { Grant } from '#model/grant.ts';
import type { InstallationLimits } from '#model/load.ts';
import type { Run, RunId } from '#model/run.ts';
import type { Snapshot } from '#model/snapshot.ts';
import type { AttemptCause } from '#model/trigger.ts';
import { isAttempt } from '#model/trigger.ts';
import { append } from './append.ts';
import { findAttempts } from './attempt-store.ts';
import type { Database, Sql } from './database.ts';
import { findAnswer } from './find-answer.ts';
import { closeGrant, findGrant, insertGrant } from './grant-row.ts';
import type { Queue } from './queue.ts';
import { findNoRoom, lockRoom, withReason } from './room.ts';
import type { StoredRun } from './run-store.ts';
import { findRun, insertRun, moveRunIn } from './run-store.ts';

/** Everything that one admission writes. */
export interface AdmissionRow {
  readonly run: StoredRun;
  readonly snapshot: Snapshot;
  readonly startsChain: boolean;
  readonly next:
    | { readonly event: 'admit'; readonly grant: Grant }
    | { readonly event: 'hold'; readonly because: string };
  readonly eventId: string;
}

/** What dispatch reads and writes. */
export interface GrantStore {
  findRun(id: RunId): Promise<StoredRun | undefined>;
  findGrant(runId: RunId): Promise<Grant | undefined>;
  findRequested(runId: RunId): Promise<string | undefined>;
  listTaken(repositoryId: number): Promise<readonly number[]>;
  append(entry: EntryDraft): Promise<void>;
  open(admission: AdmissionRow): Promise<StoredRun | 'run_open'>;
  release(
    runId: RunId,
    grant: Grant,
    base: { readonly ref: string; readonly sha: string },
  ): Promise<StoredRun | 'moved'>;
  /** Keep why a held run waits now. */
  rehold(runId: RunId, decision: Decision, because: string): Promise<void>;
  rebase(run: Run, base: { readonly ref: string; readonly sha: string }): Promise<void>;
  /** `gone` when the grant was closed or bound meanwhile. */
  bind(run: Run, grant: Grant, workflowRunId: number): Promise<'bound' | 'gone'>;
  fail(run: Run, because: string): Promise<void>;
  end(run: Run, because: string, actor: string): Promise<void>;
}

export function createGrantStore(
  database: Database,
  queue: Pick<Queue, 'send'>,
  now: () => Date,
  limits: InstallationLimits,
): GrantStore {
  const means = (): Means => ({ queue, limits, now: now() });
  const inTransaction = <T>(work: (tx: Sql) => Promise<T>) => database.transaction(work);
  return {
    findRun: (id) => findRun(database, id),
    findGrant: (runId) => findGrant(database, { runId }),
    findRequested: (runId) => findRequested(database, runId),
    listTaken: async (repositoryId) => {
      const rows = await database.query<{ id: number }>(
        `select workflow_run_id as id from run_grant
         where repository_id = $1 and workflow_run_id is not null`,
        [repositoryId],
      );
      return rows.map((row) => row.id);
    },
    append: async (entry) => {
      await inTransaction((tx) => append(tx, entry, now()));
    },
    open: (admission) => inTransaction((tx) => open(tx, admission, means())),
    release: (runId, grant, base) =>
      inTransaction((tx) => release(tx, { runId, grant, base }, means())),
    rehold: (runId, decision, because) => rehold(database, runId, decision, because),
    rebase: (run, base) => inTransaction((tx) => rebase(tx, run, base, now())),
    bind: (run, grant, workflowRunId) =>
      inTransaction((tx) => bind(tx, { run, grant, workflowRunId }, now())),
    fail: (run, because) =>
      inTransaction(async (tx) => {
        // Whoever asked waits for its jobs: what ends those says how they ended, also after a crash.
        if (run.workflowRunId !== null)
          await queue.send(tx, 'end-workflow', { runId: run.id, asked: 0 });
        await endRun(tx, run, { event: 'fail', because, actor: 'app' }, now());
      }),
    end: (run, because, actor) =>
      inTransaction(async (tx) => {
        await queue.send(tx, 'end-workflow', { runId: run.id, asked: 0 });
        await endRun(tx, run, { event: 'cancel', because, actor }, now());
      }),
  };
}

/** What a step of the store needs beside its transaction. */
interface Means {
  readonly queue: Pick<Queue, 'send'>;
  readonly limits: InstallationLimits;
  readonly now: Date;
}

async function open(tx: Sql, admission: AdmissionRow, means: Means) {
  const { now } = means;
  const { run, snapshot, startsChain } = admission;
  // One admission per repository at a time, so that “is one open” and “open one” are one step: a
  // violated index would abort the whole transaction, on PGlite too.
  await tx.query('select pg_advisory_xact_lock($1)', [run.repository.id]);
  await lockRoom(tx, run.installationId);
  const replaced = isAttempt(run.cause) ? await replace(tx, run, run.cause, means) : null;
  if (replaced === 'taken') return 'run_open';
  const taken = await tx.query(
    `select 1 as one from run where repository_id = $1 and issue_number = $2
       and state not in ('merged', 'settled', 'failed', 'cancelled', 'expired')`,
    [run.repository.id, run.issue.number],
  );
  if (taken.length > 0) return 'run_open';
  if (!isAttempt(run.cause) && (await isAskedAgain(tx, admission))) return 'run_open';
  await tx.query('insert into snapshot (sha256, document) values ($1, $2) on conflict do nothing', [
    run.snapshotSha256,
    snapshot,
  ]);
  if (startsChain) {
    await tx.query(
      'insert into chain (id, repository_id, root_issue, requester_id, opened_at) values ($1, $2, $3, $4, $5)',
      [run.chainId, run.repository.id, run.issue.number, run.requester.id, now],
    );
  }
  await insertRun(tx, { ...run, branch: replaced?.branch ?? null });
  return admitOrHold(tx, admission, means);
}

/** Asked for again by a copy of what a run was opened for, which is over by now. */
async function isAskedAgain(tx: Sql, { run, snapshot }: AdmissionRow): Promise<boolean> {
  const ask = { cause: run.cause, requesterId: run.requester.id, at: snapshot.authorizedAt };
  const place = { repositoryId: run.repository.id, issue: run.issue.number };
  return (await findAnswer(tx, place, ask)) !== undefined;
}

/**
 * End the run whose place another attempt takes: what it held dies first, and its limit is counted
 * under the lock, so that two reviews at once are one attempt. `taken` when it has no such place.
 */
async function replace(
  tx: Sql,
  run: StoredRun,
  cause: AttemptCause,
  { queue, now }: Means,
): Promise<StoredRun | 'taken'> {
  const found = await findAttempts(tx, {
    repositoryId: run.repository.id,
    cause,
    notRun: null,
  });
  const before = await findRun(tx, cause.replaces);
  if (!before || !found.isReplaceable || found.runs >= run.policy.limits.attempts) return 'taken';
  const sessionsRevoked = await closeGrant(tx, before.id, now);
  const because = `run ${run.id} took its place`;
  await moveRunIn(
    tx,
    before.id,
    {
      event: 'cancel',
      changes: { because },
      actor: 'app',
      kind: 'dispatch.replaced',
      facts: { by: run.id, pull: cause.pull, sessionsRevoked },
    },
    now,
  );
  // The old proof is void from now on: the gate says so before the new one is there.
  await queue.send(tx, 'gate', { repositoryId: run.repository.id, pull: cause.pull });
  return before;
}

async function admitOrHold(
  tx: Sql,
  { run, next: wanted, eventId }: AdmissionRow,
  { queue, limits, now }: Means,
): Promise<StoredRun> {
  const noRoom = wanted.event === 'admit' ? await findNoRoom(tx, run, limits, now) : null;
  const next = noRoom ? ({ event: 'hold', because: noRoom.sentence } as const) : wanted;
  if (noRoom) await rehold(tx, run.id, withReason(run.decision, noRoom), noRoom.sentence);
  if (next.event === 'admit') {
    await insertGrant(tx, next.grant);
    await noteAdmission(tx, run.id, now);
    await queue.send(tx, 'dispatch', { runId: run.id });
  }
  const moved = await moveRunIn(
    tx,
    run.id,
    {
      event: next.event,
      ...(next.event === 'hold' ? { changes: { because: next.because } } : {}),
      actor: `user:${run.requester.login}#${run.requester.id}`,
      kind: 'dispatch.opened',
      facts: {
        eventId,
        issue: run.issue.number,
        chainId: run.chainId,
        depth: run.depth,
        snapshotSha256: run.snapshotSha256,
        policySha256: run.policySha256,
        organizationPolicySha256: run.organizationPolicySha256,
        grantId: next.event === 'admit' ? next.grant.id : null,
        because: next.event === 'hold' ? next.because : null,
      },
    },
    now,
  );
  assert(moved.ok, 'a requested run can be admitted and held');
  return moved.value;
}

async function release(
  tx: Sql,
  order: {
    readonly runId: RunId;
    readonly grant: Grant;
    readonly base: { readonly ref: string; readonly sha: string };
  },
  { queue, limits, now }: Means,
): Promise<StoredRun | 'moved'> {
  const { runId, grant, base } = order;
  await lockRoom(tx, grant.installationId);
  const held = await findRun(tx, runId);
  const noRoom = held && (await findNoRoom(tx, held, limits, now));
  if (!held || noRoom) return 'moved';
  const moved = await moveRunIn(
    tx,
    runId,
    {
      event: 'admit',
      changes: { because: null, baseSha: base.sha },
      actor: 'app',
      kind: 'dispatch.released',
      facts: { grantId: grant.id, baseSha: base.sha },
    },
    now,
  );
  if (!moved.ok) return 'moved';
  await tx.query('update run set base_ref = $2 where id = $1', [runId, base.ref]);
  await noteAdmission(tx, runId, now);
  await insertGrant(tx, grant);
  await queue.send(tx, 'dispatch', { runId });
  return { ...moved.value, baseRef: base.ref };
}

/** Limits within a day are counted from here. */
async function noteAdmission(tx: Sql, runId: RunId, now: Date): Promise<void> {
  await tx.query('update run set admitted_at = $2 where id = $1', [runId, now]);
}

/** Keep why a held run waits now; the decision itself is in the ledger. */
async function rehold(sql: Sql, runId: RunId, decision: Decision, because: string): Promise<void> {
  await sql.query('update run set decision = $2, because = $3 where id = $1', [
    runId,
    decision,
    because,
  ]);
}

async function rebase(
  tx: Sql,
  run: Run,
  base: { readonly ref: string; readonly sha: string },
  now: Date,
): Promise<void> {
  const changed = await tx.query(
    `update run_grant set ref = $2, sha = $3
     where run_id = $1 and state = 'pending' and workflow_run_id is null returning 1 as one`,
    [run.id, base.ref, base.sha],
  );
  assert(changed.length === 1, 'only a pending grant gets a new base');
  await tx.query('update run set base_ref = $2, base_sha = $3, updated_at = $4 where id = $1', [
    run.id,
    base.ref,
    base.sha,
    now,
  ]);
  await append(
    tx,
    {
      kind: 'dispatch.rebased',
      runId: run.id,
      repositoryId: run.repository.id,
      actor: 'app',
      facts: { fromSha: run.baseSha, toSha: base.sha, ref: base.ref },
    },
    now,
  );
}

async function bind(
  tx: Sql,
  order: { readonly run: Run; readonly grant: Grant; readonly workflowRunId: number },
  now: Date,
): Promise<'bound' | 'gone'> {
  const { run, grant, workflowRunId } = order;
  const bound = await tx.query(
    `update run_grant set workflow_run_id = $2, state = 'open'
     where id = $1 and state = 'pending' and workflow_run_id is null returning 1 as one`,
    [grant.id, workflowRunId],
  );
  if (bound.length === 0) return 'gone';
  const moved = await moveRunIn(
    tx,
    run.id,
    {
      event: 'dispatch',
      changes: { workflowRunId },
      actor: 'app',
      kind: 'dispatch.started',
      facts: { workflowRunId, grantId: grant.id, sha: grant.sha },
    },
    now,
  );
  assert(moved.ok, 'a run with a pending grant is admitted');
  return 'bound';
}

async function endRun(
  tx: Sql,
  run: Run,
  how: { readonly event: 'fail' | 'cancel'; readonly because: string; readonly actor: string },
  now: Date,
): Promise<void> {
  const { event, because, actor } = how;
  const sessionsRevoked = await closeGrant(tx, run.id, now);
  // An ended run stays as it ended; closing what it holds is right either way.
  await moveRunIn(
    tx,
    run.id,
    {
      event,
      changes: { because },
      actor,
      kind: event === 'fail' ? 'dispatch.failed' : 'dispatch.stopped',
      facts: { because, sessionsRevoked },
    },
    now,
  );
}

async function findRequested(sql: Sql, runId: RunId): Promise<string | undefined> {
  const [row] = await sql.query<{ at: string }>(
    `select at from entry where run_id = $1 and kind = 'dispatch.requested' order by seq desc limit 1`,
    [runId],
  );
  return row?.at;
}
