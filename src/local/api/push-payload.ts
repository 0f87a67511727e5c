import type { JsonObject } from '#model/json.ts';
import { isAncestor } from '../git/ancestor.ts';
import { readCommit, resolveCommit } from '../git/object.ts';
import type { Repository, User, World } from '../world.ts';
import { repositoryPage } from './render-repository.ts';

const ZERO_SHA = '0'.repeat(40);

/** One branch or tag that has moved. */
export interface RefChange {
  readonly ref: string;
  readonly before: string;
  readonly after: string;
}

/** The own part of a `push` event, with the head commit alone in its list. */
export async function buildPushPayload(
  world: World,
  repository: Repository,
  sender: User,
  change: RefChange,
): Promise<JsonObject> {
  const { ref, before, after } = change;
  const page = repositoryPage(world, repository);
  // A tag may be an object of its own; the commit is what it points at.
  const commit = await resolveCommit(repository.gitDir, after);
  const head = commit === undefined ? null : await renderHead(repository, page, commit);
  return {
    ref,
    before,
    after,
    created: before === ZERO_SHA,
    deleted: after === ZERO_SHA,
    forced: await isForced(repository, change),
    base_ref: null,
    compare: `${page}/compare/${before.slice(0, 12)}...${after.slice(0, 12)}`,
    commits: head === null ? [] : [head],
    head_commit: head,
    pusher: { name: sender.login, email: noreplyAddress(sender) },
  };
}

/** Whether the branch lost commits that it held. */
async function isForced(repository: Repository, { before, after }: RefChange): Promise<boolean> {
  if (before === ZERO_SHA || after === ZERO_SHA) return false;
  return !(await isAncestor(repository.gitDir, before, after));
}

async function renderHead(repository: Repository, page: string, sha: string): Promise<JsonObject> {
  const commit = await readCommit(repository.gitDir, sha);
  return {
    id: sha,
    tree_id: commit.tree,
    distinct: true,
    message: commit.message,
    timestamp: commit.committer.date ?? '',
    url: `${page}/commit/${sha}`,
    author: { name: commit.author.name, email: commit.author.email },
    committer: { name: commit.committer.name, email: commit.committer.email },
    added: [],
    removed: [],
    modified: [],
  };
}

/** The address GitHub gives to an account that shows none; commits are matched to people by it. */
export function noreplyAddress(user: User): string {
  return `${user.id}+${user.login}@users.noreply.github.com`;
}
