import type { Pull } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import { answerAsText } from '../git/answer-text.ts';
import { compareCommits } from '../git/compare.ts';
import { canWriteWorkflows } from '../git/git-call.ts';
import { openView, renderCommit, renderFileChange } from '../git/render-git.ts';
import { isAtLeast } from './access.ts';
import { viaAppId } from './acting-app.ts';
import { closePull, createPull, editPull, pullByNumber, reopenPull } from './change-pull.ts';
import { numberParam, optionalText, optionalWord, requiredText, TITLE_CHARS_MAX } from './field.ts';
import { actorOf } from './identity.ts';
import { mergePullRequest } from './merge-pull.ts';
import type { Reply, Schema } from './operation.ts';
import { paginate } from './paginate.ts';
import { comparePull, readPullDetail } from './pull-detail.ts';
import { readTitle } from './read-issue.ts';
import { commentsOf } from './render-issue.ts';
import { renderPull, renderSimplePull } from './render-pull.ts';
import { repositoryUrl } from './render-repository.ts';
import { type Call, HttpError, routes } from './route.ts';
import { checkMayEdit } from './routes-issue.ts';
import { repositoryOf } from './serve-api.ts';
import { updateBranch } from './update-branch.ts';

const READ = ['pull_requests:read'] as const;
const WRITE = ['pull_requests:write'] as const;
const PULLS = '/repos/{owner}/{repo}/pulls';
const ONE = `${PULLS}/{pull_number}`;

/** Pull requests: reading, opening, changing, merging. */
export const pullRoutes = routes({
  'pulls/list': { method: 'GET', path: PULLS, access: READ, handle: listPulls },
  'pulls/create': { method: 'POST', path: PULLS, access: WRITE, handle: openPull },
  'pulls/get': {
    method: 'GET',
    path: ONE,
    access: READ,
    handle: getPull,
  },
  'pulls/update': { method: 'PATCH', path: ONE, access: WRITE, handle: updatePull },
  'pulls/list-files': {
    method: 'GET',
    path: `${ONE}/files`,
    access: READ,
    handle: async (call) => {
      const repository = repositoryOf(call);
      const pull = findPull(call);
      const { files } = await comparePull(repository, pull);
      const view = await openView(call.world, repository);
      return paginate(call, files, (file) => renderFileChange(view, pull.headSha, file));
    },
  },
  'pulls/list-commits': {
    method: 'GET',
    path: `${ONE}/commits`,
    access: READ,
    handle: async (call) => {
      const repository = repositoryOf(call);
      const { commits } = await comparePull(repository, findPull(call));
      const view = await openView(call.world, repository);
      return paginate(call, commits, (commit) => renderCommit(view, commit));
    },
  },
  'pulls/check-if-merged': {
    method: 'GET',
    path: `${ONE}/merge`,
    access: READ,
    handle: (call) => {
      if (!findPull(call).merged) throw new HttpError(404, 'Not Found');
      return { status: 204 };
    },
  },
  'pulls/merge': {
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
          mayWriteWorkflows: canWriteWorkflows(call),
        },
      );
      return {
        status: 200,
        body: { sha, merged: true, message: 'Pull Request successfully merged' },
      };
    },
  },
  'pulls/update-branch': {
    method: 'PUT',
    path: `${ONE}/update-branch`,
    access: WRITE,
    handle: async (call) => {
      const repository = repositoryOf(call);
      const pull = findPull(call);
      await updateBranch(call.world, repository, actorOf(call.principal), pull, {
        method: 'merge',
        expectedHead: optionalText(call.body, 'expected_head_sha', 40),
      });
      const url = `${repositoryUrl(call.world, repository)}/pulls/${pull.number}`;
      return { status: 202, body: { message: 'Updating pull request branch.', url } };
    },
  },
  'repos/list-pull-requests-associated-with-commit': {
    method: 'GET',
    path: '/repos/{owner}/{repo}/commits/{commit_sha}/pulls',
    access: READ,
    handle: listPullsOfCommit,
  },
});

async function getPull(call: Call) {
  const repository = repositoryOf(call);
  const pull = findPull(call);
  const { mergeBase } = await comparePull(repository, pull);
  const text = await answerAsText(call, repository.gitDir, mergeBase, pull.headSha);
  return text ?? ({ status: 200, body: await renderWhole(call, pull) } as const);
}

function findPull(call: Call): Pull {
  return pullByNumber(repositoryOf(call), numberParam(call.params, 'pull_number'));
}

async function renderWhole(call: Call, pull: Pull): Promise<Schema<'pull-request'>> {
  const repository = repositoryOf(call);
  const detail = await readPullDetail(call.world, repository, pull);
  return renderPull(call.world, repository, pull, detail);
}

function listPulls(call: Call): Reply<'pulls/list'> {
  const repository = repositoryOf(call);
  const state = call.query.get('state') ?? 'open';
  const head = readHead(call, repository);
  const base = call.query.get('base');
  const sort = call.query.get('sort') ?? 'created';
  const falling = sort === 'created' ? 'desc' : 'asc';
  const sign = (call.query.get('direction') ?? falling) === 'asc' ? 1 : -1;
  const pulls = [...repository.pulls.values()]
    .filter((pull) => state === 'all' || pull.state === state)
    .filter((pull) => head === undefined || pull.headRef === head)
    .filter((pull) => base === null || pull.baseRef === base)
    .sort((a, b) => sign * (compareBy(sort, repository, a, b) || a.number - b.number));
  return paginate(call, pulls, (pull) => renderSimplePull(call.world, repository, pull));
}

/** The branch of `head=owner:branch`; one that nobody here can have, for a stranger's. */
function readHead({ query, world }: Call, repository: Repository): string | undefined {
  const head = query.get('head');
  if (head === null || head === '') return undefined;
  const [owner = '', branch] = head.split(':', 2);
  if (branch === undefined) return head;
  const own = world.fullName(repository).split('/')[0] ?? '';
  return owner.toLowerCase() === own.toLowerCase() ? branch : '';
}

/** How two pull requests stand to each other in a sorted list. */
function compareBy(sort: string, repository: Repository, a: Pull, b: Pull): number {
  if (sort === 'updated') return a.updatedAt.localeCompare(b.updatedAt);
  const talk = ({ number }: Pull) => commentsOf(repository, number).length;
  if (sort === 'popularity') return talk(a) - talk(b);
  // The older of two open ones has run longer.
  return sort === 'long-running' ? b.number - a.number : 0;
}

async function openPull(call: Call): Promise<Reply<'pulls/create'>> {
  const repository = repositoryOf(call);
  const { principal, world } = call;
  // There are no forks here, so who opens one must be able to write the branch.
  if (principal.kind === 'user' && !isAtLeast(world.roleOf(repository, principal.user.id), 'write'))
    throw new HttpError(403, 'Must have push access to repository');
  const pull = await createPull(world, repository, actorOf(principal), {
    title: requiredText(call.body, 'title', TITLE_CHARS_MAX),
    body: optionalText(call.body, 'body') ?? '',
    viaAppId: viaAppId(principal),
    head: requiredText(call.body, 'head', 255),
    base: requiredText(call.body, 'base', 255),
    draft: call.body.draft === true,
  });
  return { status: 201, body: await renderWhole(call, pull) };
}

async function updatePull(call: Call): Promise<Reply<'pulls/update'>> {
  const repository = repositoryOf(call);
  const pull = findPull(call);
  const actor = actorOf(call.principal);
  checkMayEdit(call, pull.authorId, 'write');
  const fields = {
    title: readTitle(call.body),
    body: optionalText(call.body, 'body'),
    base: optionalText(call.body, 'base', 255),
  };
  // All of it is read before any of it is done: a refused change changes nothing.
  const state = optionalWord(call.body, 'state', ['open', 'closed']);
  await editPull(call.world, repository, actor, pull, fields);
  if (state === 'closed') closePull(call.world, repository, actor, pull);
  if (state === 'open') await reopenPull(call.world, repository, actor, pull);
  return { status: 200, body: await renderWhole(call, pull) };
}

async function listPullsOfCommit(
  call: Call,
): Promise<Reply<'repos/list-pull-requests-associated-with-commit'>> {
  const repository = repositoryOf(call);
  const sha = call.params.commit_sha ?? '';
  if (!/^[0-9a-f]{40}$/.test(sha)) throw new HttpError(422, `No commit found for SHA: ${sha}`);
  const pulls: Pull[] = [];
  for (const pull of repository.pulls.values()) {
    if (await holdsCommit(repository, pull, sha)) pulls.push(pull);
  }
  return paginate(call, pulls, (pull) => renderSimplePull(call.world, repository, pull));
}

async function holdsCommit(repository: Repository, pull: Pull, sha: string): Promise<boolean> {
  if (pull.headSha === sha || pull.mergeCommitSha === sha) return true;
  const { commits } = await compareCommits(repository.gitDir, pull.baseSha, pull.headSha);
  return commits.some((commit) => commit.sha === sha);
}
