import type { User } from '#local/record/account.ts';
import type { Pull } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import { mergePull as mergeInGit } from '../git/merge.ts';
import { resolveCommit } from '../git/object.ts';
import type { World } from '../world.ts';
import { announcePull } from './announce-pull.ts';
import { closeIssue } from './change-issue.ts';
import { appendEvent, timestamp } from './change-label.ts';
import { closingNumbers, findMergeRefusal } from './merge-rules.ts';
import { buildPushPayload, noreplyAddress } from './push-payload.ts';
import { HttpError } from './route.ts';

export interface MergeRequest {
  readonly method: 'merge' | 'squash' | 'rebase';
  /** The head that the caller has seen; the merge stops when it has moved. */
  readonly sha: string | undefined;
  readonly title: string | undefined;
  readonly message: string | undefined;
}

/**
 * Merge as GitHub does: rules first, then git, then the state, then the events. Throws 405 or 409
 * with GitHub's sentences; a refusal changes nothing.
 */
export async function mergePullRequest(
  world: World,
  repository: Repository,
  actor: User,
  pull: Pull,
  request: MergeRequest,
): Promise<string> {
  if (request.sha !== undefined && request.sha !== pull.headSha)
    throw new HttpError(409, 'Head branch was modified. Review and try the merge again.');
  const refusal = await findMergeRefusal(world, repository, pull, actor, {
    method: request.method,
  });
  if (refusal !== undefined) throw new HttpError(405, refusal);
  const before = await resolveCommit(repository.gitDir, `refs/heads/${pull.baseRef}`);
  if (before === undefined) throw new HttpError(405, 'Pull Request is not mergeable');
  const author = { name: actor.name ?? actor.login, email: noreplyAddress(actor) };
  const merged = await mergeInGit(repository.gitDir, {
    baseRef: pull.baseRef,
    headSha: pull.headSha,
    method: request.method,
    message: buildMessage(world, repository, pull, request),
    author,
  });
  if (!merged.ok)
    throw new HttpError(
      405,
      merged.reason === 'moved'
        ? 'Base branch was modified. Review and try the merge again.'
        : 'Pull Request is not mergeable',
    );
  settleMerged(world, repository, actor, pull, merged.sha);
  const change = { ref: `refs/heads/${pull.baseRef}`, before, after: merged.sha };
  const push = await buildPushPayload(world, repository, actor, change);
  world.emit('push', repository, actor, push);
  return merged.sha;
}

/** The merge commit's message: as it was asked for, or GitHub's own. */
export function buildMessage(
  world: World,
  repository: Repository,
  pull: Pull,
  request: Pick<MergeRequest, 'method' | 'title' | 'message'>,
): string {
  const owner = world.fullName(repository).split('/')[0];
  const title =
    request.title ??
    (request.method === 'merge'
      ? `Merge pull request #${pull.number} from ${owner}/${pull.headRef}`
      : `${pull.title} (#${pull.number})`);
  const text = request.message ?? (request.method === 'merge' ? pull.title : pull.body);
  return text === '' ? title : `${title}\n\n${text}`;
}

/** The pull request first, then the issues it closes: the push is told last, when all is true. */
export function settleMerged(
  world: World,
  repository: Repository,
  actor: User,
  pull: Pull,
  mergeSha: string,
): void {
  const now = timestamp(world);
  pull.state = 'closed';
  pull.merged = true;
  pull.mergedAt = now;
  pull.mergedById = actor.id;
  pull.mergeCommitSha = mergeSha;
  pull.closedAt = now;
  pull.updatedAt = now;
  const line = { number: pull.number, commitId: mergeSha } as const;
  appendEvent(world, repository, actor, { ...line, event: 'merged' });
  appendEvent(world, repository, actor, { ...line, event: 'closed' });
  announcePull(world, repository, actor, pull, { action: 'closed' });
  if (pull.baseRef !== repository.defaultBranch) return;
  for (const number of closingNumbers(pull.body)) {
    const issue = repository.issues.get(number);
    if (issue?.state === 'open') closeIssue(world, repository, actor, issue, 'completed', mergeSha);
  }
}
