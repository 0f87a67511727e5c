import type { JsonObject } from '#model/json.ts';
import { answerAsText } from '../git/answer-text.ts';
import { compareCommits } from '../git/compare.ts';
import type { FileChange } from '../git/diff.ts';
import type { Commit } from '../git/object.ts';
import type { Pull, Repository, World } from '../world.ts';
import { isAtLeast } from './access.ts';
import { closePull, createPull, editPull, pullByNumber, reopenPull } from './change-pull.ts';
import { findCommitAuthor } from './commit-author.ts';
import { numberParam, optionalText, optionalWord, requiredText, TITLE_CHARS_MAX } from './field.ts';
import { actorOf } from './identity.ts';
import { mergePullRequest } from './merge-pull.ts';
import { paginate } from './paginate.ts';
import { comparePull, readPullDetail } from './pull-detail.ts';
import { renderPull } from './render-pull.ts';
import { repositoryPage, repositoryUrl } from './render-repository.ts';
import { renderUser } from './render-user.ts';
import { type Answer, type Call, HttpError, type Route } from './route.ts';
import { checkMayEdit } from './routes-issue.ts';
import { repositoryOf } from './serve-api.ts';

const READ = ['pull_requests:read'] as const;
const WRITE = ['pull_requests:write'] as const;
const PULLS = '/repos/{owner}/{repo}/pulls';
const ONE = `${PULLS}/{pull_number}`;

/** Pull requests: reading, opening, changing, merging. */
export const pullRoutes: readonly Route[] = [
  { operation: 'pulls/list', method: 'GET', path: PULLS, access: READ, handle: listPulls },
  { operation: 'pulls/create', method: 'POST', path: PULLS, access: WRITE, handle: openPull },
  {
    operation: 'pulls/get',
    method: 'GET',
    path: ONE,
    access: READ,
    handle: getPull,
  },
  { operation: 'pulls/update', method: 'PATCH', path: ONE, access: WRITE, handle: updatePull },
  {
    operation: 'pulls/list-files',
    method: 'GET',
    path: `${ONE}/files`,
    access: READ,
    handle: async (call) => {
      const repository = repositoryOf(call);
      const pull = findPull(call);
      const { files } = await comparePull(repository, pull);
      return paginate(call, files, (file) => renderFile(call.world, repository, pull, file));
    },
  },
  {
    operation: 'pulls/list-commits',
    method: 'GET',
    path: `${ONE}/commits`,
    access: READ,
    handle: async (call) => {
      const repository = repositoryOf(call);
      const { commits } = await comparePull(repository, findPull(call));
      return paginate(call, commits, (commit) => renderCommit(call.world, repository, commit));
    },
  },
  {
    operation: 'pulls/check-if-merged',
    method: 'GET',
    path: `${ONE}/merge`,
    access: READ,
    handle: (call) => {
      if (!findPull(call).merged) throw new HttpError(404, 'Not Found');
      return { status: 204 };
    },
  },
  {
    operation: 'pulls/merge',
    method: 'PUT',
    path: `${ONE}/merge`,
    // Merging moves a branch, so it asks for contents alone, as on GitHub.
    access: ['contents:write'],
    handle: async (call) => {
      const sha = await mergePullRequest(
        call.world,
        repositoryOf(call),
        actorOf(call.principal),
        findPull(call),
        {
          method: optionalWord(call.body, 'merge_method', ['merge', 'squash', 'rebase']) ?? 'merge',
          sha: optionalText(call.body, 'sha', 40),
          title: optionalText(call.body, 'commit_title'),
          message: optionalText(call.body, 'commit_message'),
        },
      );
      return {
        status: 200,
        body: { sha, merged: true, message: 'Pull Request successfully merged' },
      };
    },
  },
  {
    operation: 'repos/list-pull-requests-associated-with-commit',
    method: 'GET',
    path: '/repos/{owner}/{repo}/commits/{commit_sha}/pulls',
    access: READ,
    handle: listPullsOfCommit,
  },
];

async function getPull(call: Call): Promise<Answer> {
  const repository = repositoryOf(call);
  const pull = findPull(call);
  const { mergeBase } = await comparePull(repository, pull);
  const text = await answerAsText(call, repository.gitDir, mergeBase, pull.headSha);
  return text ?? { status: 200, body: await renderWhole(call, pull) };
}

function findPull(call: Call): Pull {
  return pullByNumber(repositoryOf(call), numberParam(call.params, 'pull_number'));
}

async function renderWhole(call: Call, pull: Pull): Promise<JsonObject> {
  const repository = repositoryOf(call);
  const detail = await readPullDetail(call.world, repository, pull);
  return renderPull(call.world, repository, pull, detail);
}

function listPulls(call: Call): Answer {
  const repository = repositoryOf(call);
  const state = call.query.get('state') ?? 'open';
  const head = call.query.get('head')?.split(':').at(-1);
  const base = call.query.get('base');
  const ascending = call.query.get('direction') === 'asc' ? 1 : -1;
  const pulls = [...repository.pulls.values()]
    .filter((pull) => state === 'all' || pull.state === state)
    .filter((pull) => head === undefined || pull.headRef === head)
    .filter((pull) => base === null || pull.baseRef === base)
    .sort((a, b) => ascending * (a.number - b.number));
  return paginate(call, pulls, (pull) => renderPull(call.world, repository, pull));
}

async function openPull(call: Call): Promise<Answer> {
  const repository = repositoryOf(call);
  const { principal, world } = call;
  // There are no forks here, so who opens one must be able to write the branch.
  if (principal.kind === 'user' && !isAtLeast(world.roleOf(repository, principal.user.id), 'write'))
    throw new HttpError(403, 'Must have push access to repository');
  const pull = await createPull(world, repository, actorOf(principal), {
    title: requiredText(call.body, 'title', TITLE_CHARS_MAX),
    body: optionalText(call.body, 'body') ?? '',
    head: requiredText(call.body, 'head', 255),
    base: requiredText(call.body, 'base', 255),
    draft: call.body.draft === true,
  });
  return { status: 201, body: await renderWhole(call, pull) };
}

async function updatePull(call: Call): Promise<Answer> {
  const repository = repositoryOf(call);
  const pull = findPull(call);
  const actor = actorOf(call.principal);
  checkMayEdit(call, pull.authorId, 'write');
  await editPull(call.world, repository, actor, pull, {
    title: optionalText(call.body, 'title', TITLE_CHARS_MAX),
    body: optionalText(call.body, 'body'),
    base: optionalText(call.body, 'base', 255),
  });
  const state = optionalWord(call.body, 'state', ['open', 'closed']);
  if (state === 'closed') closePull(call.world, repository, actor, pull);
  if (state === 'open') reopenPull(call.world, repository, actor, pull);
  return { status: 200, body: await renderWhole(call, pull) };
}

async function listPullsOfCommit(call: Call): Promise<Answer> {
  const repository = repositoryOf(call);
  const sha = call.params.commit_sha ?? '';
  if (!/^[0-9a-f]{40}$/.test(sha)) throw new HttpError(422, `No commit found for SHA: ${sha}`);
  const pulls: Pull[] = [];
  for (const pull of repository.pulls.values()) {
    if (await holdsCommit(repository, pull, sha)) pulls.push(pull);
  }
  return paginate(call, pulls, (pull) => renderPull(call.world, repository, pull));
}

async function holdsCommit(repository: Repository, pull: Pull, sha: string): Promise<boolean> {
  if (pull.headSha === sha || pull.mergeCommitSha === sha) return true;
  const { commits } = await compareCommits(repository.gitDir, pull.baseSha, pull.headSha);
  return commits.some((commit) => commit.sha === sha);
}

function renderFile(world: World, repository: Repository, pull: Pull, file: FileChange) {
  const path = file.path.split('/').map(encodeURIComponent).join('/');
  const url = repositoryUrl(world, repository);
  const page = repositoryPage(world, repository);
  return {
    sha: file.sha,
    filename: file.path,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${page}/blob/${pull.headSha}/${path}`,
    raw_url: `${page}/raw/${pull.headSha}/${path}`,
    contents_url: `${url}/contents/${path}?ref=${pull.headSha}`,
    ...(file.patch === undefined ? {} : { patch: file.patch }),
    ...(file.previousPath === undefined ? {} : { previous_filename: file.previousPath }),
  };
}

function renderCommit(world: World, repository: Repository, commit: Commit) {
  const url = repositoryUrl(world, repository);
  const author = findCommitAuthor(world, commit.author.email);
  const committer = findCommitAuthor(world, commit.committer.email);
  return {
    sha: commit.sha,
    node_id: `C_${commit.sha}`,
    url: `${url}/commits/${commit.sha}`,
    html_url: `${repositoryPage(world, repository)}/commit/${commit.sha}`,
    comments_url: `${url}/commits/${commit.sha}/comments`,
    commit: {
      url: `${url}/git/commits/${commit.sha}`,
      message: commit.message,
      author: commit.author,
      committer: commit.committer,
      tree: { sha: commit.tree, url: `${url}/git/trees/${commit.tree}` },
      comment_count: 0,
      verification: { verified: false, reason: 'unsigned', signature: null, payload: null },
    },
    author: author ? renderUser(world, author) : null,
    committer: committer ? renderUser(world, committer) : null,
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${url}/commits/${sha}`,
      html_url: `${repositoryPage(world, repository)}/commit/${sha}`,
    })),
  };
}
