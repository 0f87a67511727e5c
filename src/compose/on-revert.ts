import { readDependents } from '#github/dependency.ts';
import type { Decision } from '#model/decision.ts';
import type { Signal } from '#model/signal.ts';
import { findReverted, noteReverted } from '#postgres/revert-store.ts';
import type { StoredRun } from '#postgres/run-store.ts';
import { findRunOfIssue } from '#postgres/run-store.ts';
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
  for (const run of await findReverted(edges.database, { repositoryId: repository.id, ...told })) {
    const because = `its merge was reverted by ${by}, by ${sender.login}`;
    await noteReverted(edges.database, run, { because, actor }, edges.now());
    await holdDependents(run, actor, edges);
    await enqueue('reconsider', { repositoryId: repository.id, issue: run.issue.number });
  }
}

async function holdDependents(run: StoredRun, actor: string, edges: Edges): Promise<void> {
  const { installationId, repository, issue } = run;
  const place = { installationId, repository, issue: issue.number };
  const because = `#${issue.number} was merged and then reverted`;
  for (const dependent of await readDependents(edges.github, place)) {
    const next = await findRunOfIssue(edges.database, repository.id, dependent.issue);
    if (!next) continue;
    const isTakenBack =
      next.state === 'admitted' && (await edges.pauses.withdraw(next.id, because, actor));
    // A run that only waited for its turn would start by itself when it comes.
    if (isTakenBack || next.state === 'held') {
      await edges.grants.rehold(next.id, withBlocker(next.decision, because), because);
    }
  }
}

function withBlocker(decision: Decision, sentence: string): Decision {
  const rule = 'blockers-done';
  const others = decision.reasons.filter((reason) => reason.rule !== rule);
  return { verdict: 'hold', reasons: [...others, { rule, outcome: 'wait', sentence }] };
}
