import type { CommandedRun, LaterDeps } from '#command/deps.ts';
import { isBeyondStop } from '#dispatch/stop.ts';
import { isAttempt } from '#model/trigger.ts';
import { findRunOfIssue } from '#postgres/run-store.ts';
import type { Edges } from './edges.ts';
import type { Stopper } from './stop.ts';

/** What restrains a run: stops and holds, also those that were worked on before it was there. */
export function laterDeps(edges: Edges, stopper: Stopper): LaterDeps {
  const { commands, database, pauses, now } = edges;
  return {
    listLater: commands.listLater,
    findRunOfIssue: ({ repositoryId, issue }) => findRunOfIssue(database, repositoryId, issue),
    askedAt: (run) => askedAt(edges, run),
    isBeyondStop,
    stop: (run, because, by) => stopper.stop(run.id, because, by),
    withdraw: (run, because, by) => pauses.withdraw(run.id, because, by),
    pause: (run, because, by) =>
      pauses.pause({ scope: { kind: 'run', id: run.id }, because, by, at: now().toISOString() }),
  };
}

/** Comments are ordered by their ids; anything else by the second in which it was done. */
async function askedAt({ commands, rulings }: Edges, run: CommandedRun) {
  const { cause, snapshotSha256, createdAt } = run;
  const commentId =
    cause.kind === 'comment' ? await commands.findCommentId(cause.nodeId) : undefined;
  if (commentId !== undefined) return { commentId };
  // What was said about an earlier attempt is not said about this one.
  if (isAttempt(cause)) return { at: createdAt };
  return { at: (await rulings.findSnapshot(snapshotSha256))?.authorizedAt ?? createdAt };
}
