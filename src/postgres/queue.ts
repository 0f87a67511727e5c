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
  /** Work a queue: a throw is retried with back-off, then the job is failed and `onFailed` told. */
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

/** Open pg-boss on the database the App already has, with its queues made. */
export async function openQueue(
  database: Database,
  names: readonly string[],
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
  for (const name of names) await boss.createQueue(name, queueOptions);
  return {
    send: async (tx, name, data, options) => {
      const db = {
        executeSql: async (text: string, values?: unknown[]) => ({
          rows: [...(await tx.query(text, values))],
        }),
      };
      const id = await boss.send(name, data, {
        db,
        ...(options?.delaySeconds ? { startAfter: options.delaySeconds } : {}),
      });
      if (!id) throw new Fault('STORE_UNAVAILABLE', `the queue did not take a ${name} job`);
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
