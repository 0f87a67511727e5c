import { putComment } from '#github/comment.ts';
import { readDependents } from '#github/dependency.ts';
import type { Decision } from '#model/decision.ts';
import { isEnded } from '#model/run.ts';
import type { Signal } from '#model/signal.ts';
import { append } from '#postgres/append.ts';
import { findReverted, keepTold, noteReverted, wasUndermined } from '#postgres/revert-store.ts';
import type { StoredRun } from '#postgres/run-store.ts';
import { findRunOfIssue } from '#postgres/run-store.ts';
import { renderUndermined } from '#schedule/render-waiting.ts';
import type { Edges } from './edges.ts';

interface Means {
  readonly edges: Edges;
  readonly enqueue: (name: 'reconsider', data: object) => Promise<void>;
}

/**
 * A merge of ours was taken back. It is noted with the run, and what it had released and has not
 * started waits again, now for a person: the issue is closed all the same, and nothing else would say
 * so. That a commit reverts another is what its author says; it can delay work, never start it.
 */
export async function onRevert(
  signal: Extract<Signal, { kind: 'base_moved' | 'pull_closed' }>,
  { edges, enqueue }: Means,
): Promise<void> {
  const { repository, sender } = signal;
  const actor = `user:${sender.login}#${sender.id}`;
  const told =
    signal.kind === 'base_moved'
      ? { pulls: [], shas: signal.reverts }
      : { pulls: signal.reverts === null ? [] : [signal.reverts], shas: [] };
  const by = signal.kind === 'base_moved' ? `commit ${signal.sha.slice(0, 7)}` : `#${signal.pull}`;
  const reverted = { repositoryId: repository.id, ...told };
  const note = { because: `its merge was reverted by ${by}, by ${sender.login}`, actor };
  // First: a merge that is settled from now on finds it, one that was settled before is found.
  await keepTold(edges.database, reverted, note, edges.now());
  for (const run of await findReverted(edges.database, reverted)) {
    await noteReverted(edges.database, run, note, edges.now());
    await holdDependents(run, actor, edges);
    await enqueue('reconsider', { repositoryId: repository.id, issue: run.issue.number });
  }
}

async function holdDependents(run: StoredRun, actor: string, edges: Edges): Promise<void> {
  const { installationId, repository, issue } = run;
  const place = { installationId, repository, issue: issue.number };
  const because = `#${issue.number} was merged and then reverted`;
  for (const dependent of await readDependents(edges.github, place)) {
    const next = await findRunOfIssue(edges.database, dependent.repository.id, dependent.issue);
    if (!next) continue;
    const isTakenBack =
      next.state === 'admitted' && (await edges.pauses.withdraw(next.id, because, actor));
    // A run that only waited for its turn would start by itself when it comes.
    if (isTakenBack || next.state === 'held') {
      await edges.grants.rehold(next.id, withBlocker(next.decision, because), because);
    } else if (!isEnded(next.state)) await tellStarted(next, because, actor, edges);
  }
}

/** A run that has started goes on: people who look at it must know that what it stands on is gone. */
async function tellStarted(
  run: StoredRun,
  because: string,
  actor: string,
  { database, github, identity, now }: Edges,
): Promise<void> {
  const { id, installationId, repository, issue } = run;
  const entry = {
    kind: 'schedule.undermined',
    runId: id,
    repositoryId: repository.id,
    actor,
  } as const;
  await database.transaction(async (tx) => {
    // One revert is told more than once, and by more than one delivery.
    if (!(await wasUndermined(tx, id, because)))
      await append(tx, { ...entry, facts: { because } }, now());
  });
  await putComment(github, identity.botId, {
    ...{ stage: 'schedule', installationId, repository, issue: issue.number },
    marker: 'undermined',
    body: renderUndermined(because),
  });
}

function withBlocker(decision: Decision, sentence: string): Decision {
  const rule = 'blockers-done';
  const others = decision.reasons.filter((reason) => reason.rule !== rule);
  return { verdict: 'hold', reasons: [...others, { rule, outcome: 'wait', sentence }] };
}
