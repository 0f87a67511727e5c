import type { RunId } from '#model/run.ts';
import { append } from './append.ts';
import type { Database } from './database.ts';
import { closeGrant } from './grant-row.ts';
import type { Queue } from './queue.ts';
import { moveRunIn } from './run-store.ts';

/** Runs whose jobs should be over when their grant is; later states live on without one. */
const underWay = ['admitted', 'dispatched', 'working'];
/** A sweep is short; what is left is taken by the next one. */
const sweptMax = 200;

/** Close what expired, and forget used tokens that no clock could let in again. */
export async function sweepExpired(
  database: Database,
  queue: Pick<Queue, 'send'>,
  now: Date,
): Promise<readonly RunId[]> {
  await database.query('delete from used_token where keep_until < $1', [now]);
  const grants = await database.query<{ run_id: string }>(
    `select run_id from run_grant where state <> 'closed' and expires_at <= $1 order by id limit $2`,
    [now, sweptMax],
  );
  const ended: RunId[] = [];
  for (const { run_id } of grants) {
    if (await expire(database, queue, run_id, now)) ended.push(run_id);
  }
  return ended;
}

/** True when the run ended with its grant. */
function expire(
  database: Database,
  queue: Pick<Queue, 'send'>,
  runId: RunId,
  now: Date,
): Promise<boolean> {
  return database.transaction(async (tx) => {
    // Grant, session, run, ledger: locks are taken in this order everywhere.
    const sessionsRevoked = await closeGrant(tx, runId, now);
    const [run] = await tx.query<{ state: string; repository_id: number }>(
      'select state, repository_id from run where id = $1 for update',
      [runId],
    );
    const because = 'the grant expired before the run was finished';
    const facts = { because, sessionsRevoked };
    if (run && underWay.includes(run.state)) {
      await queue.send(tx, 'end-workflow', { runId, asked: 0 });
      const move = { event: 'expire', changes: { because }, actor: 'app', facts } as const;
      return (await moveRunIn(tx, runId, { ...move, kind: 'broker.expired' }, now)).ok;
    }
    const repositoryId = run?.repository_id ?? null;
    await append(tx, { kind: 'broker.closed', runId, repositoryId, actor: 'app', facts }, now);
    return false;
  });
}
