import type { Decision } from '#model/decision.ts';
import type { Policy } from '#model/policy.ts';
import type { Database } from './database.ts';

interface TurnRow {
  readonly id: string;
  readonly repository_id: number;
  readonly requester_id: number;
  readonly created_at: Date;
}

/** A run in the line, with the policy it was decided by. */
export interface StoredTurn {
  readonly runId: string;
  readonly repositoryId: number;
  readonly requesterId: number;
  readonly since: string;
  readonly policy: Policy;
}

/** Who waits for a turn, and who has one. */
export interface TurnStore {
  listWaiting(installationId: number): Promise<readonly StoredTurn[]>;
  listAtWork(installationId: number): Promise<readonly StoredTurn[]>;
  /** Installations in which somebody waits. */
  listInstallations(): Promise<readonly number[]>;
}

type FullRow = TurnRow & { readonly policy: Policy; readonly decision: Decision };

export function createTurnStore(database: Database): TurnStore {
  const list = (where: string, installationId: number) =>
    database.query<FullRow>(
      `select id, repository_id, requester_id, created_at, policy, decision from run
       where installation_id = $1 and ${where} order by id`,
      [installationId],
    );
  return {
    listWaiting: async (installationId) => {
      const rows = await list(`state = 'held' and ${notPaused}`, installationId);
      return rows.filter(waitsForTurn).map(rowToTurn);
    },
    listAtWork: async (installationId) =>
      (
        await list(
          "state in ('admitted', 'dispatched', 'working', 'changed', 'verifying', 'proven', 'unproven')",
          installationId,
        )
      ).map(rowToTurn),
    listInstallations: async () => {
      const rows = await database.query<{ id: number }>(
        "select distinct installation_id as id from run where state = 'held' order by 1",
      );
      return rows.map(({ id }) => id);
    },
  };
}

/** Who is held by a person does not stand in the line: asking again would only cost. */
const notPaused = `not exists (select 1 from pause where scope in ('app',
  'installation:' || installation_id, 'repository:' || repository_id, 'run:' || run.id))`;

function waitsForTurn({ decision }: FullRow): boolean {
  const waits = decision.reasons.filter((reason) => reason.outcome === 'wait');
  return waits.length > 0 && waits.every((reason) => reason.rule === 'within-limits');
}

function rowToTurn(row: FullRow): StoredTurn {
  return {
    runId: row.id,
    repositoryId: row.repository_id,
    requesterId: row.requester_id,
    since: row.created_at.toISOString(),
    policy: row.policy,
  };
}
