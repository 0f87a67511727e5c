import type { User } from '#local/record/account.ts';
import type { Repository } from '#local/record/repository.ts';
import { isAncestor } from '../git/ancestor.ts';
import { listChangedPaths } from '../git/changed-paths.ts';
import { listNewCommits } from '../git/new-commits.ts';
import { type Commit, readCommit, resolveCommit } from '../git/object.ts';
import type { World } from '../world.ts';
import type { Webhook } from './operation.ts';
import { repositoryPage } from './render-repository.ts';

const ZERO_SHA = '0'.repeat(40);

/** One branch or tag that has moved. */
export interface RefChange {
  readonly ref: string;
  readonly before: string;
  readonly after: string;
}

/** The own part of a `push` event: the commits that are new to the branch, and what they change. */
export async function buildPushPayload(
  world: World,
  repository: Repository,
  sender: User,
  change: RefChange,
): Promise<Webhook<'push'>> {
  const { ref, before, after } = change;
  const page = repositoryPage(world, repository);
  // A tag may be an object of its own; the commit is what it points at.
  const tip = await resolveCommit(repository.gitDir, after);
  const commits = tip === undefined ? [] : await listPushed(repository, change, tip);
  const render = (commit: Commit) => renderCommit(repository, page, commit);
  return {
    ref,
    before,
    after,
    created: before === ZERO_SHA,
    deleted: after === ZERO_SHA,
    forced: await isForced(repository, change),
    base_ref: null,
    compare: `${page}/compare/${before.slice(0, 12)}...${after.slice(0, 12)}`,
    commits: await Promise.all(commits.map(render)),
    head_commit: tip === undefined ? null : await render(await readCommit(repository.gitDir, tip)),
    pusher: { name: sender.login, email: noreplyAddress(sender) },
  };
}

/** A new branch is told from the default branch, a tag by its commit alone. */
async function listPushed(
  repository: Repository,
  { ref, before }: RefChange,
  tip: string,
): Promise<readonly Commit[]> {
  if (ref.startsWith('refs/tags/')) return [];
  const main = `refs/heads/${repository.defaultBranch}`;
  const base = before === ZERO_SHA && ref !== main ? main : before;
  const from = base === ZERO_SHA ? undefined : await resolveCommit(repository.gitDir, base);
  return listNewCommits(repository.gitDir, from ?? null, tip);
}

/** Whether the branch lost commits that it held. */
async function isForced(repository: Repository, { before, after }: RefChange): Promise<boolean> {
  if (before === ZERO_SHA || after === ZERO_SHA) return false;
  return !(await isAncestor(repository.gitDir, before, after));
}

async function renderCommit(repository: Repository, page: string, commit: Commit) {
  const { gitDir } = repository;
  const [parent] = commit.parents;
  const from = parent === undefined ? null : (await readCommit(gitDir, parent)).tree;
  const { added, removed, modified } = await listChangedPaths(gitDir, from, commit.tree);
  return {
    id: commit.sha,
    tree_id: commit.tree,
    distinct: true,
    message: commit.message,
    timestamp: commit.committer.date,
    url: `${page}/commit/${commit.sha}`,
    author: commit.author,
    committer: commit.committer,
    added,
    removed,
    modified,
  };
}

/** The address GitHub gives to an account that shows none; commits are matched to people by it. */
export function noreplyAddress(user: User): string {
  return `${user.id}+${user.login}@users.noreply.github.com`;
}
