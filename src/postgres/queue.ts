import { fromPglite, PgBoss } from 'pg-boss';
import { Fault } from '#model/fault.ts';
import type { Database, Sql } from './database.ts';
import { afterCommit } from './database.ts';

/** A durable queue on the same database, so that a job can be sent in the transaction that needs it. */
export interface Queue {
  /** Send inside a transaction: the job exists exactly when the change does. */
  send(
    tx: Sql,
    name: string,
    data: object,
    options?: { readonly delaySeconds?: number },
  ): Promise<void>;
  /** The same for many jobs of one queue, in one statement. */
  sendAll(tx: Sql, name: string, data: readonly object[]): Promise<void>;
  /** Work a queue: a throw is retried with back-off, then the job is failed for good. */
  work(
    name: string,
    handler: (data: object) => Promise<void>,
    /** Jobs that each of two workers takes together; 2 when absent. */
    atOnce?: number,
  ): Promise<void>;
  /** Try again what failed for good some minutes ago, ever more seldom. How many. */
  retryFailed(): Promise<number>;
  /** Jobs that are waiting or running. */
  pending(): Promise<number>;
  close(): Promise<void>;
}

/** Retries, back-off and time of one job; a job is idempotent, so trying again is safe. */
const queueOptions = {
  retryLimit: 5,
  retryDelay: 1,
  retryBackoff: true,
  expireInSeconds: 300,
  // A process that was killed leaves its jobs taken: without its pulse they are given back soon.
  heartbeatSeconds: 10,
  // PostgreSQL lets one transaction with a notification commit at a time, on the whole server.
  notify: false,
} as const;

/**
 * A worker of this process is woken when a transaction that sent it a job is committed; what other
 * replicas sent, or is tried again, is found by looking. While a worker finds as many jobs as it can
 * take, it looks again at once.
 */
const workOptions = { pollingIntervalSeconds: 2, burstWhenBatchFull: true } as const;
/** Workers of a queue in this process: a job that takes long does not hold up the next. */
const workersOfQueue = 2;

/** Each job ends for itself: one that fails is tried again alone. */
async function workOne(
  job: { readonly id: string; readonly data: object },
  handler: (data: object) => Promise<void>,
) {
  try {
    await handler(job.data);
    return { id: job.id, status: 'completed' } as const;
  } catch (error) {
    return { id: job.id, status: 'failed', output: { message: String(error) } } as const;
  }
}

/** A queue; what fails there for good, or dies with its process, arrives in `failsInto`. */
export interface QueueName {
  readonly name: string;
  readonly failsInto?: string;
}

/** Open pg-boss on the database the App already has, with its queues made. */
export async function openQueue(
  database: Database,
  queues: readonly QueueName[],
  onError: (error: unknown) => void,
): Promise<Queue> {
  const shared = database.shared;
  const base = { schema: 'queue', superviseIntervalSeconds: 5, monitorIntervalSeconds: 5 } as const;
  const boss =
    'url' in shared
      ? new PgBoss({ ...base, connectionString: withoutWaiting(shared.url), max: 5 })
      : new PgBoss({ ...base, backend: 'pglite', db: fromPglite(shared.pglite) });
  boss.on('error', onError);
  await boss.start();
  for (const { name } of queues) await boss.createQueue(name, queueOptions);
  for (const { name, failsInto } of queues) {
    // A queue that an older App made learns of it too.
    await boss.updateQueue(name, {
      notify: false,
      ...(failsInto ? { deadLetter: failsInto } : {}),
    });
  }
  const workers = new Map<string, readonly string[]>();
  const wake = (name: string) => {
    for (const id of workers.get(name) ?? []) boss.notifyWorker(id);
  };
  return {
    send: async (tx, name, data, options) => {
      const id = await boss.send(name, data, {
        db: inTransaction(tx),
        ...(options?.delaySeconds ? { startAfter: options.delaySeconds } : {}),
      });
      if (!id) throw new Fault('STORE_UNAVAILABLE', `the queue did not take a ${name} job`);
      if (!options?.delaySeconds) afterCommit(tx, () => wake(name));
    },
    sendAll: async (tx, name, data) => {
      if (data.length === 0) return;
      const jobs = data.map((one) => ({ data: one }));
      const ids = await boss.insert(name, jobs, { db: inTransaction(tx), returnId: true });
      if (ids?.length !== data.length) {
        throw new Fault('STORE_UNAVAILABLE', `the queue did not take every ${name} job`);
      }
      afterCommit(tx, () => wake(name));
    },
    work: async (name, handler, atOnce = 2) => {
      const batchSize = Math.max(2, atOnce); // a batch of one is never full
      const options = { ...workOptions, batchSize, perJobResults: true } as const;
      const ids: string[] = [];
      workers.set(name, ids);
      for (let worker = 0; worker < workersOfQueue; worker += 1) {
        const id = await boss.work<object, unknown, typeof options>(name, options, (jobs) =>
          Promise.all(jobs.map((job) => workOne(job, handler))),
        );
        ids.push(id);
      }
    },
    retryFailed: async () => {
      const names = queues.filter((one) => !one.failsInto).map(({ name }) => name);
      const failed = await listFailed(database, names);
      for (const { name, id } of failed) {
        await boss.retry(name, id);
        wake(name);
      }
      return failed.length;
    },
    pending: async () => {
      const [row] = await database.query<{ count: number }>(
        "select count(*) as count from queue.job where state in ('created', 'retry', 'active')",
      );
      return row?.count ?? 0;
    },
    close: async () => {
      await boss.stop({ graceful: true, timeout: 5_000 });
    },
  };
}

/** A little at a time: after an outage everything comes due at once. */
const retriedAtOnce = 200;

/**
 * An outage outlasts a job's own tries, and nobody would send the job again. It rests two minutes and
 * then longer each time, for three days; whoever works it reads first whether it is still to be done.
 */
function listFailed(database: Database, names: readonly string[]) {
  return database.query<{ readonly id: string; readonly name: string }>(
    `select id, name from queue.job where state = 'failed' and name = any ($1::text[])
       and created_on > now() - interval '3 days'
       and completed_on < now() - interval '2 minutes' * greatest(1, retry_count - $2)
     order by completed_on limit $3`,
    [`{${names.join(',')}}`, queueOptions.retryLimit - 1, retriedAtOnce],
  );
}

/**
 * The queue's own statements take jobs and settle them. Should the database server die before such
 * a commit is on disk, the job is done again, which is safe: so none waits for the disk. Sending is
 * in the sender's transaction, which does wait.
 */
function withoutWaiting(url: string): string {
  const own = new URL(url);
  own.searchParams.set('options', '-c synchronous_commit=off');
  return own.href;
}

function inTransaction(tx: Sql) {
  return {
    executeSql: async (text: string, values?: unknown[]) => ({
      rows: [...(await tx.query(text, values))],
    }),
  };
}
