import { listFailedChecks, listObjections } from '#github/read-feedback.ts';
import { wasAnswered } from '#postgres/attempt-store.ts';
import type { StoredRun } from '#postgres/run-store.ts';
import type { MissedFeedback } from '#reconcile/reconcile.ts';
import type { Edges } from './edges.ts';

/**
 * What asks for another attempt at these runs and was never decided about. GitHub is asked only where a
 * policy starts on it.
 */
export async function listFeedback(
  edges: Edges,
  runs: readonly StoredRun[],
): Promise<readonly MissedFeedback[]> {
  const missed: MissedFeedback[] = [];
  for (const run of runs) {
    if (run.state !== 'in_review') continue;
    for (const signal of [...(await listReviews(edges, run)), ...(await listChecks(edges, run))]) {
      const question =
        signal.kind === 'check_failed'
          ? ({ fact: 'checkRunId', id: signal.checkRunId } as const)
          : ({ fact: 'reviewId', id: signal.reviewId } as const);
      const repositoryId = run.repository.id;
      if (await wasAnswered(edges.database, { repositoryId, ...question })) continue;
      missed.push({ runId: run.id, signal });
    }
  }
  return missed;
}

type Found = MissedFeedback['signal'];

async function listReviews(
  { github }: Edges,
  { installationId, repository, policy, pull, headSha }: StoredRun,
): Promise<readonly Found[]> {
  if (pull === null || !policy.triggers.some((one) => 'review' in one)) return [];
  const reviews = await listObjections(github, { installationId, repository }, pull);
  return reviews
    .filter((review) => review.headSha === headSha)
    .map(({ reviewer, ...review }) => ({
      kind: 'changes_requested',
      installationId,
      repository,
      sender: { ...reviewer, type: 'User' },
      pull,
      ...review,
    }));
}

async function listChecks(
  { github, identity }: Edges,
  { installationId, repository, policy, headSha }: StoredRun,
): Promise<readonly Found[]> {
  if (headSha === null) return [];
  const found: Found[] = [];
  for (const trigger of policy.triggers) {
    if (!('check' in trigger)) continue;
    const { check, app } = trigger;
    const place = { installationId, repository };
    for (const { id } of await listFailedChecks(github, place, { headSha, check, app })) {
      const sender = { id: identity.botId, login: identity.botLogin, type: 'Bot' } as const;
      const about = { installationId, repository, sender, checkRunId: id };
      found.push({ kind: 'check_failed', ...about, check, app, headSha });
    }
  }
  return found;
}
