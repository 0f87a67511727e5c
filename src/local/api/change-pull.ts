import type { JsonObject } from '#model/json.ts';
import { compareCommits } from '../git/compare.ts';
import { resolveCommit } from '../git/object.ts';
import type { Pull, Repository, User, World } from '../world.ts';
import { takeNumber } from './change-issue.ts';
import { appendEvent, timestamp } from './change-label.ts';
import { invalid } from './field.ts';
import { renderPull } from './render-pull.ts';
import { renderUserById } from './render-user.ts';
import { HttpError } from './route.ts';

export interface NewPull {
  readonly title: string;
  readonly body: string;
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
  const { aheadBy } = await compareCommits(repository.gitDir, baseSha, headSha);
  if (aheadBy === 0)
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
    lastPusherId: null,
    createdAt: now,
    updatedAt: now,
    closedAt: null,
  };
  repository.pulls.set(pull.number, pull);
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
  if (base !== pull.baseRef) pull.baseSha = await branchHead(repository, base, 'base');
  pull.title = title;
  pull.body = body;
  pull.baseRef = base;
  pull.updatedAt = timestamp(world);
  announcePull(world, repository, actor, pull, { action: 'edited', changes });
}

/** Close without merging. */
export function closePull(world: World, repository: Repository, actor: User, pull: Pull): void {
  if (pull.state === 'closed') return;
  pull.state = 'closed';
  pull.closedAt = timestamp(world);
  pull.updatedAt = pull.closedAt;
  appendEvent(world, repository, actor, { number: pull.number, event: 'closed' });
  announcePull(world, repository, actor, pull, { action: 'closed' });
}

/** Open a closed pull request again. Throws 422 when it was merged. */
export function reopenPull(world: World, repository: Repository, actor: User, pull: Pull): void {
  if (pull.state === 'open') return;
  if (pull.merged)
    throw invalid('state', 'custom', 'state cannot be changed. The pull request was merged.');
  pull.state = 'open';
  pull.closedAt = null;
  pull.updatedAt = timestamp(world);
  appendEvent(world, repository, actor, { number: pull.number, event: 'reopened' });
  announcePull(world, repository, actor, pull, { action: 'reopened' });
}

/** Turn a draft into one that may be merged. */
export function markReady(world: World, repository: Repository, actor: User, pull: Pull): void {
  if (!pull.draft) return;
  pull.draft = false;
  pull.updatedAt = timestamp(world);
  announcePull(world, repository, actor, pull, { action: 'ready_for_review' });
}

/** A pull request by number. Throws 404. */
export function pullByNumber(repository: Repository, number: number): Pull {
  const pull = repository.pulls.get(number);
  if (!pull) throw new HttpError(404, 'Not Found');
  return pull;
}

/** Send one `pull_request` event. */
export function announcePull(
  world: World,
  repository: Repository,
  actor: User,
  pull: Pull,
  change: JsonObject,
): void {
  world.emit('pull_request', repository, actor, {
    ...change,
    number: pull.number,
    pull_request: {
      ...renderPull(world, repository, pull),
      merged: pull.merged,
      merged_by: pull.mergedById === null ? null : renderUserById(world, pull.mergedById),
    },
  });
}
