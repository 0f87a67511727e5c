import type { Decision, Reason } from '#model/decision.ts';
import type { InstallationLimits } from '#model/load.ts';
import { fits } from '#model/load.ts';
import { concernsTools } from '#model/pause.ts';
import type { Policy } from '#model/policy.ts';
import type { Run } from '#model/run.ts';
import type { Sql } from './database.ts';
import { readLoad } from './load-store.ts';
import { findPausesOver } from './pause-store.ts';

/** A run that is about to be admitted, with the policy it was decided by. */
export type Candidate = Run & { readonly policy: Policy };

/**
 * Lock what an admission is held against, to the end of the transaction: no pause is set meanwhile,
 * and no other run of the installation takes the last place.
 */
export async function lockRoom(tx: Sql, installationId: number): Promise<void> {
  await tx.query('select pg_advisory_xact_lock($1)', [-installationId]);
  await tx.query('lock table pause in share mode');
}

/**
 * Why a run cannot be admitted at this moment, whatever was decided a moment ago; null when there is
 * room. To be asked with the locks held.
 */
export async function findNoRoom(
  tx: Sql,
  run: Candidate,
  limits: InstallationLimits,
  now: Date,
): Promise<Reason | null> {
  const place = {
    installationId: run.installationId,
    repositoryId: run.repository.id,
    runId: run.id,
  };
  const tools = Object.keys(run.policy.context.tools);
  const over = await findPausesOver(tx, place);
  const paused = over.filter((pause) => concernsTools(pause, tools));
  if (paused.length > 0) {
    return wait('not-paused', 'it was paused while it was decided: waits to be resumed');
  }
  const load = await readLoad(tx, { ...place, requesterId: run.requester.id, notRun: run.id }, now);
  const { limits: repository, agent } = run.policy;
  return fits(load, { repository, installation: limits, minutes: agent.minutes })
    ? null
    : wait('within-limits', 'waits for its turn: others took the free places a moment before');
}

function wait(rule: string, sentence: string): Reason {
  return { rule, outcome: 'wait', sentence };
}

/** The decision with one rule answered anew. */
export function withReason(decision: Decision, reason: Reason): Decision {
  const others = decision.reasons.filter((one) => one.rule !== reason.rule);
  return { verdict: 'hold', reasons: [...others, reason] };
}
