import type { Repository } from '#local/record/repository.ts';
import { findCommitAuthor } from '../api/commit-author.ts';
import { repositoryPage, repositoryUrl } from '../api/render-repository.ts';
import { renderUser } from '../api/render-user.ts';
import type { World } from '../world.ts';
import type { FileChange } from './diff.ts';
import type { Commit, TreeEntry } from './object.ts';
import type { Ref } from './ref.ts';
import { readVerified } from './verified.ts';

/** Where a rendered thing belongs, and which commits GitHub vouches for. */
export interface GitView {
  readonly world: World;
  readonly repository: Repository;
  readonly url: string;
  readonly page: string;
  readonly verified: ReadonlySet<string>;
}

/** Gather what rendering needs. */
export async function openView(world: World, repository: Repository): Promise<GitView> {
  return {
    world,
    repository,
    url: repositoryUrl(world, repository),
    page: repositoryPage(world, repository),
    verified: await readVerified(repository.gitDir),
  };
}

/** `git-ref`. */
export function renderRef(view: GitView, ref: Ref) {
  return {
    ref: ref.ref,
    node_id: `REF_${Buffer.from(ref.ref).toString('base64url')}`,
    url: `${view.url}/git/${encodePath(ref.ref)}`,
    object: {
      sha: ref.sha,
      type: ref.type,
      url: `${view.url}/git/${ref.type}s/${ref.sha}`,
    },
  };
}

/** `git-commit`. */
export function renderGitCommit(view: GitView, commit: Commit) {
  return {
    sha: commit.sha,
    node_id: `C_${commit.sha}`,
    url: `${view.url}/git/commits/${commit.sha}`,
    html_url: `${view.page}/commit/${commit.sha}`,
    author: commit.author,
    committer: commit.committer,
    tree: { sha: commit.tree, url: `${view.url}/git/trees/${commit.tree}` },
    message: commit.message,
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${view.url}/git/commits/${sha}`,
      html_url: `${view.page}/commit/${sha}`,
    })),
    verification: renderVerification(view, commit),
  };
}

function renderVerification(view: GitView, commit: Commit) {
  const isVerified = view.verified.has(commit.sha);
  return {
    verified: isVerified,
    reason: isVerified ? ('valid' as const) : ('unsigned' as const),
    signature: null,
    payload: null,
    verified_at: isVerified ? commit.committer.date : null,
  };
}

/** `commit` of the repository's history, with accounts beside the names. */
export function renderCommit(view: GitView, commit: Commit) {
  const author = findCommitAuthor(view.world, commit.author.email);
  const committer = findCommitAuthor(view.world, commit.committer.email);
  const { message, tree, verification } = renderGitCommit(view, commit);
  return {
    sha: commit.sha,
    node_id: `C_${commit.sha}`,
    url: `${view.url}/commits/${commit.sha}`,
    html_url: `${view.page}/commit/${commit.sha}`,
    comments_url: `${view.url}/commits/${commit.sha}/comments`,
    commit: {
      url: `${view.url}/git/commits/${commit.sha}`,
      message,
      author: commit.author,
      committer: commit.committer,
      tree,
      comment_count: 0,
      verification,
    },
    author: author ? renderUser(view.world, author) : null,
    committer: committer ? renderUser(view.world, committer) : null,
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${view.url}/commits/${sha}`,
      html_url: `${view.page}/commit/${sha}`,
    })),
  };
}

/** `diff-entry`. */
export function renderFileChange(view: GitView, head: string, file: FileChange) {
  const path = encodePath(file.path);
  return {
    sha: file.sha,
    filename: file.path,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${view.page}/blob/${head}/${path}`,
    raw_url: `${view.page}/raw/${head}/${path}`,
    contents_url: `${view.url}/contents/${path}?ref=${head}`,
    ...(file.patch === undefined ? {} : { patch: file.patch }),
    ...(file.previousPath === undefined ? {} : { previous_filename: file.previousPath }),
  };
}

/** One line of `git-tree`. */
export function renderTreeEntry(view: GitView, entry: TreeEntry) {
  return {
    path: entry.path,
    mode: entry.mode,
    type: entry.type,
    sha: entry.sha,
    ...(entry.size === null ? {} : { size: entry.size }),
    ...(entry.type === 'commit' ? {} : { url: `${view.url}/git/${entry.type}s/${entry.sha}` }),
  };
}

/** Bytes as GitHub prints them: base64 in lines of sixty signs. */
export function toBase64Lines(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('base64')
    .replace(/.{1,60}/g, '$&\n');
}

/** Percent-encode each part of a path, and leave its slashes. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
