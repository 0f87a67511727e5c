import type { RunId } from '#model/run.ts';
import type { Turn } from './order-turns.ts';
import { orderTurns } from './order-turns.ts';

export interface TurnDeps {
  /** Held runs of an installation that wait for nothing but a limit. */
  readonly listWaiting: (installationId: number) => Promise<readonly Turn[]>;
  readonly listAtWork: (installationId: number) => Promise<readonly Turn[]>;
  /** Whether one more fits by what the store knows; GitHub is asked only then. */
  readonly hasRoom: (turn: Turn) => Promise<boolean>;
  /** Ask policy again and admit; null when it was released, else why not. */
  readonly release: (runId: RunId) => Promise<string | null>;
}

/** Let those who wait have the places that are free, in a fair order. */
export async function takeTurns(installationId: number, deps: TurnDeps): Promise<readonly RunId[]> {
  const waiting = await deps.listWaiting(installationId);
  if (waiting.length === 0) return [];
  const released: RunId[] = [];
  for (const turn of orderTurns(waiting, await deps.listAtWork(installationId))) {
    if (!(await deps.hasRoom(turn))) continue;
    if ((await deps.release(turn.runId)) === null) released.push(turn.runId);
  }
  return released;
}
