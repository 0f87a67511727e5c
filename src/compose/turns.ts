import type { TurnDeps } from '#dispatch/take-turns.ts';
import { takeTurns } from '#dispatch/take-turns.ts';
import { fits } from '#model/load.ts';
import type { RunId } from '#model/run.ts';
import { readLoad } from '#postgres/load-store.ts';
import type { StoredTurn } from '#postgres/turn-store.ts';
import { createTurnStore } from '#postgres/turn-store.ts';
import type { Edges } from './edges.ts';

/** Gives free places to those who wait for a turn. */
export interface Turns {
  /** In one installation, where a place may be free now. */
  take(installationId: number): Promise<void>;
  /** In the installation of a run that has just left its place. */
  takeAfter(runId: RunId): Promise<void>;
  /** Wherever somebody waits: a day is over, or a word was lost. */
  takeAll(): Promise<void>;
}

/** The line of those who wait, wired. `release` asks policy again: null when the run was released. */
export function composeTurns(
  edges: Edges,
  release: (runId: RunId) => Promise<string | null>,
): Turns {
  const store = createTurnStore(edges.database);
  const take = async (installationId: number) => {
    const waiting = await store.listWaiting(installationId);
    const deps: TurnDeps = {
      listWaiting: async () => waiting,
      listAtWork: store.listAtWork,
      hasRoom: (turn) => hasRoom(edges, installationId, find(waiting, turn.runId)),
      release,
    };
    await takeTurns(installationId, deps);
  };
  return {
    take,
    takeAfter: async (runId) => {
      const run = await edges.grants.findRun(runId);
      if (run) await take(run.installationId);
    },
    takeAll: async () => {
      for (const installationId of await store.listInstallations()) await take(installationId);
    },
  };
}

function find(waiting: readonly StoredTurn[], runId: RunId): StoredTurn | undefined {
  return waiting.find((turn) => turn.runId === runId);
}

async function hasRoom(
  { database, settings, now }: Edges,
  installationId: number,
  turn: StoredTurn | undefined,
): Promise<boolean> {
  if (!turn) return false;
  const { repositoryId, requesterId, runId, policy } = turn;
  const question = { installationId, repositoryId, requesterId, notRun: runId };
  return fits(await readLoad(database, question, now()), {
    repository: policy.limits,
    installation: settings.limits,
    minutes: policy.agent.minutes,
  });
}
