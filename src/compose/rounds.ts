import { endTokens } from '#broker/end-tokens.ts';
import { revokeDead } from '#broker/session.ts';
import type { Pass } from '#reconcile/reconcile.ts';
import { readLive } from './broker.ts';
import type { Edges } from './edges.ts';
import type { Reconciling } from './reconcile.ts';
import type { Stopper } from './stop.ts';
import type { Turns } from './turns.ts';

/** What is swept, and how often: credentials past their time die within this (run:identity). */
const sweepEveryMs = 30_000;
/** A restart in a loop does not make GitHub answer the same questions in a loop. */
const atStartQuietMs = 15_000;

/** What the App does by the clock. */
export interface Rounds {
  /** Compare with GitHub now; null when another replica is at it. */
  reconcile(): Promise<Pass | null>;
  stop(): Promise<void>;
}

/** Begin the rounds: a comparison with GitHub at once, then both at their intervals. */
export function startRounds(
  edges: Edges,
  means: {
    readonly stopper: Stopper;
    readonly turns: Turns;
    readonly reconciling: Reconciling;
  },
): Rounds {
  const everyMs = edges.settings.reconcileMinutes * 60_000;
  const rounds = createRounds(edges.say);
  const reconcile = (quietMs: number) => means.reconciling.passUnlessRecent(quietMs);
  const compare = (quietMs: number) =>
    rounds.begin('reconcile', async () => say(edges, await reconcile(quietMs)));
  compare(atStartQuietMs);
  const timers = [
    setInterval(() => {
      for (const [what, act] of sweeps(edges, means)) rounds.begin(what, act);
    }, sweepEveryMs),
    setInterval(() => compare(everyMs / 2), everyMs),
  ];
  return {
    reconcile: () => reconcile(0),
    stop: async () => {
      for (const timer of timers) clearInterval(timer);
      await rounds.idle();
    },
  };
}

/**
 * Each for itself: what revokes within a minute must not wait for a comparison of a thousand
 * repositories, nor for a GitHub that answers slowly. One that is still at it is not begun again.
 */
export function createRounds(say: (line: string) => void) {
  const running = new Map<string, Promise<void>>();
  return {
    begin: (what: string, act: () => Promise<unknown>): void => {
      if (running.has(what)) return;
      const done = Promise.resolve()
        .then(act)
        .catch((error: unknown) => say(`${what}: ${String(error)}`))
        .then(() => void running.delete(what));
      running.set(what, done);
    },
    idle: async (): Promise<void> => {
      await Promise.all(running.values());
    },
  };
}

/** What is swept. */
function sweeps(
  edges: Edges,
  { stopper, turns }: { readonly stopper: Stopper; readonly turns: Turns },
): readonly (readonly [string, () => Promise<unknown>])[] {
  return [
    ['sweep of sessions', () => revokeOver(edges)],
    ['sweep of tokens', () => endOwed(edges)],
    ['sweep of expired runs', () => endExpired(edges)],
    ['sweep of pauses', () => stopper.enforce()],
    ['sweep of stuck runs', () => stopper.watch()],
    ['sweep of failed jobs', () => edges.queue.retryFailed()],
    ['sweep of turns', () => turns.takeAll()],
    ['sweep of outside signals', () => edges.outside.requeue()],
  ];
}

async function revokeOver(edges: Edges): Promise<void> {
  const { unread } = await revokeDead({
    ...edges.sessions,
    readLive: (grant) => readLive(edges, grant),
  });
  for (const { runId, because } of unread) {
    edges.say(
      `run ${runId}: its jobs could not be asked about, its sessions end by time: ${because}`,
    );
  }
}

function endOwed({ tokens, github, now, say }: Edges): Promise<void> {
  const { takeOwed, forget, append } = tokens;
  return endTokens({ now, takeOwed, forget, append, endAtGitHub: github.endToken, say });
}

async function endExpired(edges: Edges): Promise<void> {
  for (const runId of await edges.sessions.sweep()) edges.say(`run ${runId} expired`);
}

function say(edges: Edges, pass: Pass | null): void {
  if (!pass) return;
  const { redelivered, givenUp, requeued, healed } = pass;
  if (redelivered + givenUp + requeued + healed === 0) return;
  edges.say(
    `reconciled: ${redelivered} deliveries asked for again, ${givenUp} given up, ${requeued} worked again, ${healed} differences healed`,
  );
}
