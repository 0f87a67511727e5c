import type { EntryDraft } from '#model/entry.ts';
import type { RunId } from '#model/run.ts';
import type { Snapshot } from '#model/snapshot.ts';
import { append } from './append.ts';
import { findSnapshot } from './context-store.ts';
import type { Database } from './database.ts';
import type { StoredRun } from './run-store.ts';
import { findRunOfIssue, listRunsOfChain } from './run-store.ts';

/** Which chain a run would join. */
export interface ChainQuestion {
  readonly repositoryId: number;
  /** The issues it waited for. */
  readonly issues: readonly number[];
  /** The held run itself, for a release. */
  readonly ownRun: RunId | null;
}

export interface ChainAnswer {
  readonly chainId: string;
  readonly depth: number;
  readonly nodes: number;
  readonly running: readonly number[];
}

/** What policy reads and records. */
export interface RulingStore {
  findOpenRun(repositoryId: number, issue: number): Promise<StoredRun | undefined>;
  findChain(question: ChainQuestion): Promise<ChainAnswer | null>;
  findSnapshot(digest: string): Promise<Snapshot | undefined>;
  append(entry: EntryDraft): Promise<void>;
}

const over = ['merged', 'settled', 'failed', 'cancelled', 'expired'];

export function createRulingStore(database: Database, now: () => Date): RulingStore {
  return {
    findOpenRun: async (repositoryId, issue) => {
      const run = await findRunOfIssue(database, repositoryId, issue);
      return run && !over.includes(run.state) ? run : undefined;
    },
    findChain: (question) => findChain(database, question),
    findSnapshot: (digest) => findSnapshot(database, digest),
    append: async (entry) => {
      await database.transaction((tx) => append(tx, entry, now()));
    },
  };
}

async function findChain(
  database: Database,
  { repositoryId, issues, ownRun }: ChainQuestion,
): Promise<ChainAnswer | null> {
  const [place] = await database.query<{ chain_id: string; depth: number }>(
    ownRun === null
      ? `select chain_id, depth from run where repository_id = $1 and issue_number = any ($2::int[])
         order by depth desc, id desc limit 1`
      : 'select chain_id, depth from run where repository_id = $1 and id = $2',
    [repositoryId, ownRun ?? `{${issues.join(',')}}`],
  );
  if (!place) return null;
  const runs = await listRunsOfChain(database, place.chain_id);
  return {
    chainId: place.chain_id,
    depth: place.depth,
    nodes: runs.length,
    running: runs
      .filter((run) => run.id !== ownRun && run.state !== 'held' && !over.includes(run.state))
      .map((run) => run.issue.number),
  };
}
