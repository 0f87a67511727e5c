import type { EntryDraft } from '#model/entry.ts';
import type { JsonObject } from '#model/json.ts';
import type { RepositoryRef } from '#model/snapshot.ts';
import { append } from './append.ts';
import type { Database } from './database.ts';
import type { Queue } from './queue.ts';
import type { StoredRun } from './run-store.ts';
import { listOpenRuns } from './run-store.ts';

/** What the comparison with GitHub reads and writes. */
export interface ReconcileStore {
  /** True when this process makes the next pass: nobody has begun one for so long. */
  claim(quietMs: number): Promise<boolean>;
  finish(result: JsonObject): Promise<void>;
  /** When the last pass ended, and what it did; null before the first. */
  findLast(): Promise<{ readonly at: string; readonly result: JsonObject } | null>;
  readCursor(): Promise<number>;
  saveCursor(deliveryId: number): Promise<void>;
  listKept(guids: readonly string[]): Promise<ReadonlySet<string>>;
  requeueStale(): Promise<number>;
  listRepositories(): Promise<
    readonly {
      readonly installationId: number;
      readonly repository: RepositoryRef;
      readonly labels: readonly string[];
    }[]
  >;
  listOpenRuns(repositoryId: number): Promise<readonly StoredRun[]>;
  wasDecided(question: {
    readonly repositoryId: number;
    readonly issue: number;
    readonly label: string;
    /** RFC 3339: when the label was set. */
    readonly at: string;
  }): Promise<boolean>;
  append(entry: EntryDraft): Promise<void>;
}

/** Retries of a job end within a minute; what is older was given up. */
const staleMs = 10 * 60_000;
const requeuedMax = 200;
/** GitHub keeps its log so long; what failed for longer than this will not be helped by another try. */
const keptMs = 3 * 24 * 60 * 60_000;
/** The delivery's time and the event's are GitHub's own, but not the same reading of its clock. */
const skewMs = 5_000;

export function createReconcileStore(
  database: Database,
  queue: Pick<Queue, 'send'>,
  now: () => Date,
): ReconcileStore {
  return {
    claim: async (quietMs) => {
      const claimed = await database.query(
        `update reconcile set claimed_at = $1 where claimed_at is null or claimed_at <= $2
         returning 1 as one`,
        [now(), new Date(now().getTime() - quietMs)],
      );
      return claimed.length > 0;
    },
    finish: async (result) => {
      await database.query('update reconcile set finished_at = $1, result = $2', [now(), result]);
    },
    findLast: async () => {
      const [row] = await database.query<{ finished_at: Date | null; result: JsonObject }>(
        'select finished_at, result from reconcile',
      );
      return row?.finished_at ? { at: row.finished_at.toISOString(), result: row.result } : null;
    },
    readCursor: async () => {
      const [row] = await database.query<{ delivery_id: number }>(
        'select delivery_id from reconcile',
      );
      return row?.delivery_id ?? 0;
    },
    saveCursor: async (deliveryId) => {
      await database.query('update reconcile set delivery_id = $1 where delivery_id < $1', [
        deliveryId,
      ]);
    },
    listKept: async (guids) => {
      const rows = await database.query<{ guid: string }>(
        'select guid from delivery where guid in (select jsonb_array_elements_text($1::jsonb))',
        [JSON.stringify(guids)],
      );
      return new Set(rows.map((row) => row.guid));
    },
    requeueStale: () => requeueStale(database, queue, now()),
    listRepositories: () => listRepositories(database),
    listOpenRuns: (repositoryId) => listOpenRuns(database, { repositoryId }),
    wasDecided: async ({ repositoryId, issue, label, at }) => {
      const since = new Date(Date.parse(at) - skewMs);
      const rows = await database.query(
        `select 1 as one from entry where kind = 'policy.decided' and repository_id = $1
           and facts ->> 'issue' = $2 and facts #>> '{cause,label}' = $3
           and (facts ->> 'authorizedAt')::timestamptz >= $4 limit 1`,
        [repositoryId, String(issue), label, since],
      );
      return rows.length > 0;
    },
    append: async (entry) => {
      await database.transaction((tx) => append(tx, entry, now()));
    },
  };
}

async function requeueStale(
  database: Database,
  queue: Pick<Queue, 'send'>,
  now: Date,
): Promise<number> {
  return database.transaction(async (tx) => {
    const stale = await tx.query<{ body_sha256: string }>(
      `update delivery set state = 'received', settled_at = null where body_sha256 in (
         select body_sha256 from delivery
         where (state = 'received' and received_at < $1)
           or (state = 'failed' and settled_at < $1 and received_at > $2)
         order by received_at limit $3)
       returning body_sha256`,
      [new Date(now.getTime() - staleMs), new Date(now.getTime() - keptMs), requeuedMax],
    );
    for (const { body_sha256 } of stale) {
      await queue.send(tx, 'delivery', { bodySha256: body_sha256 });
    }
    return stale.length;
  });
}

/** Repositories that have had a run, by the names they had at the newest one. */
async function listRepositories(database: Database) {
  const rows = await database.query<{
    installation_id: number;
    repository_id: number;
    owner_id: number;
    owner: string;
    name: string;
    triggers: readonly { readonly label?: string }[];
  }>(
    `select distinct on (repository_id) installation_id, repository_id, owner_id, owner, name,
       policy -> 'triggers' as triggers
     from run order by repository_id, id desc`,
  );
  return rows.map((row) => ({
    installationId: row.installation_id,
    repository: {
      id: row.repository_id,
      ownerId: row.owner_id,
      owner: row.owner,
      name: row.name,
    },
    labels: row.triggers.flatMap(({ label }) => (label === undefined ? [] : [label])),
  }));
}
