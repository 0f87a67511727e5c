import type { User } from '#local/record/account.ts';
import type { Pull } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import { compareCommits } from '../git/compare.ts';
import { resolveCommit } from '../git/object.ts';
import type { World } from '../world.ts';
import { isAtLeast } from './access.ts';
import { announcePull, toFigures } from './announce-pull.ts';
import { dropAutoMerge } from './change-auto-merge.ts';
import { takeNumber } from './change-issue.ts';
import { appendEvent, timestamp } from './change-label.ts';
import { dismissApprovals } from './dismiss-approvals.ts';
import { invalid } from './field.ts';
import { HttpError } from './route.ts';
import { keepPullHead } from './trial-merge.ts';

export interface NewPull {
  readonly title: string;
  readonly body: string;
  readonly viaAppId: number | null;
  /** A branch of the same repository; `owner:branch` is accepted for its owner. */
  readonly head: string;
  readonly base: string;
  readonly draft: boolean;
}

/** Open a pull request between two branches. Throws 422 with GitHub's reasons. */
export async function createPull(
  world: World,
  repository: Repository,
  actor: User,
  fields: NewPull,
): Promise<Pull> {
  const headRef = ownBranch(world, repository, fields.head);
  const headSha = await branchHead(repository, headRef, 'head');
  const baseSha = await branchHead(repository, fields.base, 'base');
  const comparison = await compareCommits(repository.gitDir, baseSha, headSha);
  if (comparison.aheadBy === 0)
    throw invalid('head', 'custom', `No commits between ${fields.base} and ${headRef}`);
  const isOpen = [...repository.pulls.values()].some(
    (pull) => pull.state === 'open' && pull.headRef === headRef && pull.baseRef === fields.base,
  );
  if (isOpen)
    throw invalid(
      'head',
      'custom',
      `A pull request already exists for ${world.fullName(repository).split('/')[0]}:${headRef}.`,
    );
  const now = timestamp(world);
  const pull: Pull = {
    id: world.nextId(),
    number: takeNumber(repository),
    title: fields.title,
    body: fields.body,
    authorId: actor.id,
    viaAppId: fields.viaAppId,
    state: 'open',
    draft: fields.draft,
    headRef,
    baseRef: fields.base,
    headSha,
    baseSha,
    merged: false,
    mergedAt: null,
    mergedById: null,
    mergeCommitSha: null,
    labels: [],
    assignees: [],
    requestedReviewers: [],
    requestedTeams: [],
    lastPusherId: repository.pushers.get(headRef) ?? null,
    figures: toFigures(comparison),
    createdAt: now,
    updatedAt: now,
    closedAt: null,
  };
  repository.pulls.set(pull.number, pull);
  await keepPullHead(repository, pull);
  announcePull(world, repository, actor, pull, { action: 'opened' });
  return pull;
}

function ownBranch(world: World, repository: Repository, head: string): string {
  const owner = world.fullName(repository).split('/')[0] ?? '';
  if (!head.includes(':')) return head;
  const [account = '', branch = ''] = head.split(':');
  // Forks do not exist here, so another account's branch cannot either.
  if (account.toLowerCase() !== owner.toLowerCase()) throw invalid('head', 'invalid');
  return branch;
}

async function branchHead(repository: Repository, branch: string, field: string): Promise<string> {
  const sha = /^[^-\s][^\s~^:?*[\\]*$/.test(branch)
    ? await resolveCommit(repository.gitDir, `refs/heads/${branch}`)
    : undefined;
  if (sha === undefined) throw invalid(field, 'invalid');
  return sha;
}

/** Change title, text or base: `pull_request.edited` with what was before. */
export async function editPull(
  world: World,
  repository: Repository,
  actor: User,
  pull: Pull,
  fields: {
    readonly title?: string | undefined;
    readonly body?: string | undefined;
    readonly base?: string | undefined;
  },
): Promise<void> {
  const { title = pull.title, body = pull.body, base = pull.baseRef } = fields;
  const changes = {
    ...(title === pull.title ? {} : { title: { from: pull.title } }),
    ...(body === pull.body ? {} : { body: { from: pull.body } }),
    ...(base === pull.baseRef
      ? {}
      : { base: { ref: { from: pull.baseRef }, sha: { from: pull.baseSha } } }),
  };
  if (Object.keys(changes).length === 0) return;
  if (base !== pull.baseRef) {
    if (pull.merged)
      throw invalid('base', 'custom', 'Cannot change the base of a merged pull request.');
    pull.baseSha = await branchHead(repository, base, 'base');
    pull.figures = null;
  }
  if (title !== pull.title) {
    const rename = { from: pull.title, to: title };
    appendEvent(world, repository, actor, { number: pull.number, event: 'renamed', rename });
  }
  pull.title = title;
  pull.body = body;
  // Whoever may not write chooses no other base for a wish that writes.
  if (base !== pull.baseRef && !isAtLeast(world.roleOf(repository, actor.id), 'write'))
    dropAutoMerge(world, repository, actor, pull, 'The base was changed without write access');
  pull.baseRef = base;
  pull.updatedAt = timestamp(world);
  announcePull(world, repository, actor, pull, { action: 'edited', changes });
  // What was approved is not what would be merged now.
  const reason = 'The base branch was changed.';
  if ('base' in changes)
    dismissApprovals(world, repository, actor, pull, { reason, isOlder: false });
}

/** Close without merging. */
export function closePull(world: World, repository: Repository, actor: User, pull: Pull): void {
  if (pull.state === 'closed') return;
  pull.state = 'closed';
  dropAutoMerge(world, repository, actor, pull, 'The pull request was closed');
  pull.closedAt = timestamp(world);
  pull.updatedAt = pull.closedAt;
  appendEvent(world, repository, actor, { number: pull.number, event: 'closed' });
  announcePull(world, repository, actor, pull, { action: 'closed' });
}

/** Open a closed pull request again. Throws 422 when it was merged, or has no branch to merge. */
export async function reopenPull(
  world: World,
  repository: Repository,
  actor: User,
  pull: Pull,
): Promise<void> {
  if (pull.state === 'open') return;
  const cannot = (because: string) =>
    invalid('state', 'custom', `state cannot be changed. ${because}`);
  if (pull.merged) throw cannot('The pull request was merged.');
  const head = await resolveCommit(repository.gitDir, `refs/heads/${pull.headRef}`);
  if (head === undefined) throw cannot(`The ${pull.headRef} branch has been deleted.`);
  if (head !== pull.headSha)
    throw cannot(`The ${pull.headRef} branch was force-pushed or recreated.`);
  const twin = [...repository.pulls.values()].find(
    (each) =>
      each.state === 'open' && each.headRef === pull.headRef && each.baseRef === pull.baseRef,
  );
  if (twin)
    throw cannot(`There is already an open pull request from this branch: #${twin.number}.`);
  pull.state = 'open';
  pull.closedAt = null;
  pull.updatedAt = timestamp(world);
  appendEvent(world, repository, actor, { number: pull.number, event: 'reopened' });
  announcePull(world, repository, actor, pull, { action: 'reopened' });
}

/** Turn a draft into one that may be merged. */
export function markReady(world: World, repository: Repository, actor: User, pull: Pull): void {
  if (!pull.draft) return;
  setDraft(world, repository, actor, pull, false);
}

/** Take a pull request back into the workshop. */
export function markDraft(world: World, repository: Repository, actor: User, pull: Pull): void {
  if (pull.draft || pull.state === 'closed') return;
  setDraft(world, repository, actor, pull, true);
}

function setDraft(
  world: World,
  repository: Repository,
  actor: User,
  pull: Pull,
  draft: boolean,
): void {
  if (draft) dropAutoMerge(world, repository, actor, pull, 'The pull request is a draft');
  pull.draft = draft;
  pull.updatedAt = timestamp(world);
  const event = draft ? 'convert_to_draft' : 'ready_for_review';
  appendEvent(world, repository, actor, { number: pull.number, event });
  const action = draft ? 'converted_to_draft' : 'ready_for_review';
  announcePull(world, repository, actor, pull, { action });
}

/** A pull request by number. Throws 404. */
export function pullByNumber(repository: Repository, number: number): Pull {
  const pull = repository.pulls.get(number);
  if (!pull) throw new HttpError(404, 'Not Found');
  return pull;
}
