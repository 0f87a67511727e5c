import type { EntryDraft } from '#model/entry.ts';
import type { Waiver } from '#model/waiver.ts';
import { append } from './append.ts';
import type { Database } from './database.ts';
import type { StoredRun } from './run-store.ts';
import { findRunOfPull, listOpenRuns } from './run-store.ts';
import { listWaivers } from './waiver-store.ts';

/** Evidence as the gate needs it. */
export interface EvidenceRow {
  readonly id: string;
  readonly headSha: string;
  readonly baseSha: string;
  readonly policySha256: string;
  readonly result: 'proven' | 'unproven';
  readonly waivers: readonly Waiver[];
}

/** What the gate asks of the store and writes to it. */
export interface ReviewStore {
  findRunOfPull(repositoryId: number, pull: number): Promise<StoredRun | undefined>;
  listInReview(repositoryId: number): Promise<readonly StoredRun[]>;
  findEvidence(repositoryId: number, headSha: string): Promise<EvidenceRow | null>;
  findCheck(
    repositoryId: number,
    headSha: string,
    name: string,
  ): Promise<{ readonly id: number; readonly said: string } | null>;
  saveCheck(check: {
    readonly repositoryId: number;
    readonly headSha: string;
    readonly name: string;
    readonly id: number;
    readonly said: string;
  }): Promise<void>;
  append(entry: EntryDraft): Promise<void>;
}

export function createReviewStore(database: Database, now: () => Date): ReviewStore {
  return {
    findRunOfPull: (repositoryId, pull) => findRunOfPull(database, repositoryId, pull),
    listInReview: async (repositoryId) => {
      const open = await listOpenRuns(database, { repositoryId });
      return open.filter((run) => run.pull !== null);
    },
    findEvidence: async (repositoryId, headSha) => {
      const [row] = await database.query<Omit<EvidenceRow, 'waivers'>>(
        `select id, head_sha as "headSha", base_sha as "baseSha", policy_sha256 as "policySha256",
           manifest -> 'verdict' ->> 'result' as result
         from evidence where repository_id = $1 and head_sha = $2 order by created_at desc limit 1`,
        [repositoryId, headSha],
      );
      return row ? { ...row, waivers: await listWaivers(database, row.id) } : null;
    },
    findCheck: async (repositoryId, headSha, name) => {
      const [row] = await database.query<{ id: number; said: string }>(
        'select check_run_id as id, said from check_run where repository_id = $1 and head_sha = $2 and name = $3',
        [repositoryId, headSha, name],
      );
      return row ?? null;
    },
    saveCheck: async ({ repositoryId, headSha, name, id, said }) => {
      await database.query(
        `insert into check_run (repository_id, head_sha, name, check_run_id, said) values ($1, $2, $3, $4, $5)
         on conflict (repository_id, head_sha, name) do update set check_run_id = $4, said = $5`,
        [repositoryId, headSha, name, id, said],
      );
    },
    append: async (entry) => {
      await database.transaction((tx) => append(tx, entry, now()));
    },
  };
}
