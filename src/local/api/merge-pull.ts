import type { User } from '#local/record/account.ts';
import type { Pull } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import { moveTo, writeMerge } from '../git/merge.ts';
import { type Ref, readRef } from '../git/ref.ts';
import type { Signature } from '../git/signature.ts';
import { touchesWorkflows } from '../git/workflow-change.ts';
import { inLine } from '../in-line.ts';
import type { World } from '../world.ts';
import { AccessError } from './access.ts';
import { announcePull } from './announce-pull.ts';
import { closeIssue } from './change-issue.ts';
import { appendEvent, timestamp } from './change-label.ts';
import { buildMessage, type MergeWords } from './merge-message.ts';
import { closingNumbers, findMergeRefusal } from './merge-rules.ts';
import { deleteMergedHead } from './merged-head.ts';
import { comparePull } from './pull-detail.ts';
import { buildPushPayload, noreplyAddress } from './push-payload.ts';
import { HttpError } from './route.ts';

export interface MergeRequest extends MergeWords {
  /** The head that the caller has seen; the merge stops when it has moved. */
  readonly sha: string | undefined;
  /** The caller may write workflows; otherwise nothing that changes one is merged. */
  readonly mayWriteWorkflows: boolean;
  /** Nobody presses the button: what the account could pass by holds, too. */
  readonly isAutomatic?: boolean;
}

/**
 * Merge as GitHub does: rules first, then git, then the state, then the events. Throws 405 or 409
 * with GitHub's sentences; a refusal changes nothing. One merge of a repository at a time: of two that
 * ask at once for the same pull request, the second finds it merged.
 */
export function mergePullRequest(
  world: World,
  repository: Repository,
  actor: User,
  pull: Pull,
  request: MergeRequest,
): Promise<string> {
  return inLine(repository, async () => {
    // A pull request that cannot be merged by anyone is told of before the head somebody has seen.
    if (pull.state !== 'open') throw new HttpError(405, NOT_MERGEABLE);
    if (request.sha !== undefined && request.sha !== pull.headSha) throw headModified();
    // As it is now, and nothing that others change while the rules are asked: neither another base
    // nor another head gets in with what this one was allowed.
    const seen = { ...pull };
    const base = await readRef(repository.gitDir, `refs/heads/${seen.baseRef}`);
    if (base === undefined) throw new HttpError(405, NOT_MERGEABLE);
    const nobody = request.isAutomatic ? undefined : actor;
    const refusal = await findMergeRefusal(world, repository, seen, nobody, request);
    if (refusal !== undefined) throw new HttpError(405, refusal);
    if (!request.mayWriteWorkflows && (await changesWorkflows(repository, seen)))
      throw new AccessError(['workflows:write']);
    const message = await buildMessage(world, repository, seen, request);
    if (pull.headSha !== seen.headSha) throw headModified();
    if (pull.baseRef !== seen.baseRef || pull.state !== 'open' || pull.draft)
      throw new HttpError(405, BASE_MODIFIED);
    const sha = await mergeInGit(repository.gitDir, base, {
      headSha: seen.headSha,
      method: request.method,
      message,
      author: mergeAuthor(world, actor, seen, request.method),
    });
    settleMerged(world, repository, actor, pull, sha);
    const change = { ref: base.ref, before: base.sha, after: sha };
    world.emit('push', repository, actor, await buildPushPayload(world, repository, actor, change));
    await deleteMergedHead(world, repository, actor, pull);
    return sha;
  });
}

const NOT_MERGEABLE = 'Pull Request is not mergeable';
const BASE_MODIFIED = 'Base branch was modified. Review and try the merge again.';

/** GitHub's 409 for a head that somebody has not seen. */
export function headModified(): HttpError {
  return new HttpError(409, 'Head branch was modified. Review and try the merge again.');
}

/** Whether a pull request changes a workflow, also by taking one away. */
export async function changesWorkflows(repository: Repository, pull: Pull): Promise<boolean> {
  const { files } = await comparePull(repository, pull);
  return files.some(({ path, previousPath }) =>
    [path, previousPath ?? path].some(touchesWorkflows),
  );
}

/** The base is where the rules were asked, or nothing is merged. */
async function mergeInGit(
  gitDir: string,
  base: Ref,
  input: Parameters<typeof writeMerge>[2],
): Promise<string> {
  const made = await writeMerge(gitDir, base.sha, input);
  if (!made.ok) throw new HttpError(405, NOT_MERGEABLE);
  const moved = await moveTo(gitDir, base, made.sha);
  if (moved.ok) return moved.sha;
  throw new HttpError(405, BASE_MODIFIED);
}

/** Who the new commit is by: a squash is its author's work, a merge is the merging person's. */
export function mergeAuthor(
  world: World,
  actor: User,
  pull: Pull,
  method: MergeWords['method'],
): Signature {
  const person = method === 'squash' ? (world.users.get(pull.authorId) ?? actor) : actor;
  return { name: person.name ?? person.login, email: noreplyAddress(person) };
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
