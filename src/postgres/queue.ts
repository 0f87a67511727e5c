import { fromPglite, PgBoss } from 'pg-boss';
import { Fault } from '#model/fault.ts';
import type { Database, Sql } from './database.ts';

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
  work(name: string, handler: (data: object) => Promise<void>): Promise<void>;
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
  notify: true,
} as const;

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
  const base = { schema: 'queue', useListenNotify: true } as const;
  const boss =
    'url' in shared
      ? new PgBoss({ ...base, connectionString: shared.url, max: 5 })
      : new PgBoss({ ...base, backend: 'pglite', db: fromPglite(shared.pglite) });
  boss.on('error', onError);
  await boss.start();
  for (const { name } of queues) await boss.createQueue(name, queueOptions);
  for (const { name, failsInto } of queues) {
    // A queue that an older App made learns of it too.
    if (failsInto) await boss.updateQueue(name, { deadLetter: failsInto });
  }
  return {
    send: async (tx, name, data, options) => {
      const id = await boss.send(name, data, {
        db: inTransaction(tx),
        ...(options?.delaySeconds ? { startAfter: options.delaySeconds } : {}),
      });
      if (!id) throw new Fault('STORE_UNAVAILABLE', `the queue did not take a ${name} job`);
    },
    sendAll: async (tx, name, data) => {
      if (data.length === 0) return;
      const jobs = data.map((one) => ({ data: one }));
      const ids = await boss.insert(name, jobs, { db: inTransaction(tx), returnId: true });
      if (ids?.length !== data.length) {
        throw new Fault('STORE_UNAVAILABLE', `the queue did not take every ${name} job`);
      }
    },
    work: async (name, handler) => {
      await boss.work<object>(
        name,
        { pollingIntervalSeconds: 0.5, notifyPollingIntervalSeconds: 5, localConcurrency: 2 },
        async (jobs) => {
          for (const job of jobs) await handler(job.data);
        },
      );
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

function inTransaction(tx: Sql) {
  return {
    executeSql: async (text: string, values?: unknown[]) => ({
      rows: [...(await tx.query(text, values))],
    }),
  };
}
