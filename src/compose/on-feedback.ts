import { putComment } from '#github/comment.ts';
import type { RunId } from '#model/run.ts';
import type { Signal } from '#model/signal.ts';
import type { AttemptCause } from '#model/trigger.ts';
import { firstCause, isAttempt } from '#model/trigger.ts';
import { escapeMarkdown } from '#policy/render-receipt.ts';
import type { StoredRun } from '#postgres/run-store.ts';
import { findRunOfPull, listOpenRuns } from '#postgres/run-store.ts';
import type { MissedFeedback } from '#reconcile/reconcile.ts';
import type { Edges } from './edges.ts';
import { listFeedback } from './list-feedback.ts';
import type { Starter } from './start.ts';

interface Means {
  readonly edges: Edges;
  readonly starter: Starter;
  readonly enqueue: (name: 'gate', data: object) => Promise<void>;
}

type Asked = Extract<Signal, { kind: 'changes_requested' | 'check_failed' }>;

/**
 * A review asks for changes, or a check has failed: where the policy lists it, another attempt takes the
 * run's place (ADR 0015). Who reviewed, what they said and what is at the head is read again by policy.
 */
export async function onFeedback(eventId: string, signal: Asked, means: Means): Promise<string> {
  const { edges, starter, enqueue } = means;
  if (signal.kind === 'changes_requested') {
    await enqueue('gate', { repositoryId: signal.repository.id, pull: signal.pull });
  } else if (String(signal.app) === String(edges.settings.appId)) {
    return 'the check is our own';
  }
  const run = await findReplaced(signal, edges);
  if (!run || run.pull === null) return 'not about a run’s work';
  const { headSha, isWaiting } = standOf(run);
  if (run.state === 'cancelled' && isAttempt(run.cause)) return sayStopped(signal, run, edges);
  if (!isWaiting) return `run ${run.id} is ${run.state}: it is at work already`;
  if (headSha !== signal.headSha) return 'it is about another commit than the run’s';
  return starter.onAttempt(eventId, run, toCause(signal, run, run.pull));
}

/** What its delivery would have asked, asked now. */
export async function askAgain({ signal }: MissedFeedback, means: Means): Promise<void> {
  const id = signal.kind === 'check_failed' ? signal.checkRunId : signal.reviewId;
  await onFeedback(`${signal.kind}:${id}`, signal, means);
}

/**
 * A pull request came to people. A check can fail on its head, a review be written, and the pull request
 * be closed, before that: told while the proof was still being posted, it found no run that waits, so it
 * is looked for now. The gate sees what is closed.
 */
export async function onPublished(runId: RunId, means: Means): Promise<void> {
  const run = await means.edges.grants.findRun(runId);
  if (run?.state !== 'in_review') return;
  await means.enqueue('gate', { repositoryId: run.repository.id, pull: run.pull });
  for (const missed of await listFeedback(means.edges, [run])) await askAgain(missed, means);
}

/**
 * The last attempt was stopped by a person: a review, which may have been written before that, does not
 * undo it. Whoever wrote it is told what does.
 */
async function sayStopped(signal: Asked, run: StoredRun, edges: Edges): Promise<string> {
  const isListed = run.policy.triggers.some((trigger) => 'review' in trigger);
  if (signal.kind === 'changes_requested' && isListed)
    await putComment(edges.github, edges.identity.botId, {
      ...{ stage: 'review', installationId: run.installationId, repository: run.repository },
      issue: signal.pull,
      marker: 'feedback',
      body: renderStopped(run),
    });
  return `run ${run.id} was stopped: a person starts the next attempt`;
}

function renderStopped({ because, issue }: StoredRun): string {
  const why = escapeMarkdown(because ?? 'a person asked for it');
  return `**Sallyport: this review starts nothing.** The last attempt at this pull request was stopped: ${why}. Say \`/sallyport retry\` on #${issue.number} to start another.`;
}

/** The head of a run's pull request, and whether people have it. */
function standOf(run: StoredRun) {
  const { state, cause } = run;
  const headSha = run.headSha ?? (isAttempt(cause) ? cause.headSha : null);
  const isWaiting = state === 'in_review' || (state === 'failed' && isAttempt(cause));
  return { headSha, isWaiting };
}

async function findReplaced(signal: Asked, { database }: Edges): Promise<StoredRun | undefined> {
  const repositoryId = signal.repository.id;
  if (signal.kind === 'changes_requested') {
    return findRunOfPull(database, repositoryId, signal.pull);
  }
  const open = await listOpenRuns(database, { repositoryId });
  return open.find((run) => run.state === 'in_review' && run.headSha === signal.headSha);
}

function toCause(signal: Asked, run: StoredRun, pull: number): AttemptCause {
  const again = {
    pull,
    headSha: signal.headSha,
    baseSha: baseOf(run),
    replaces: run.id,
    first: firstCause(run.cause),
  };
  if (signal.kind === 'check_failed') {
    const { checkRunId, check, app } = signal;
    return { kind: 'check', ...again, checkRunId, check, app };
  }
  const { reviewId, bodySha256, sender } = signal;
  const reviewer = { id: sender.id, login: sender.login };
  return { kind: 'review', ...again, reviewId, bodySha256, reviewer };
}

/** The base that the head is on: an attempt that failed has left the one before it there. */
function baseOf({ headSha, baseSha, cause }: StoredRun): string {
  return headSha === null && isAttempt(cause) ? cause.baseSha : baseSha;
}
