import type { Repository } from '#local/record/repository.ts';
import { optionalText, requiredText } from '../api/field.ts';
import { actorOf } from '../api/identity.ts';
import type { Reply } from '../api/operation.ts';
import { paginate } from '../api/paginate.ts';
import { type Call, HttpError, routes } from '../api/route.ts';
import { repositoryOf } from '../api/serve-api.ts';
import { isProtected, listRequiredChecks } from '../rule/effective-rule.ts';
import { judgeMove, rulesForPush } from '../rule/judge-push.ts';
import { wordApiRefusal } from '../rule/refusal-text.ts';
import { answerAsText } from './answer-text.ts';
import { compareCommits } from './compare.ts';
import { diffTrees } from './diff.ts';
import {
  announcePush,
  canWriteWorkflows,
  findCommit,
  refuseWorkflows,
  requireCommits,
  signatureOf,
} from './git-call.ts';
import { listCommits } from './log.ts';
import { mergePull } from './merge.ts';
import { isTreePath } from './name.ts';
import { readCommit } from './object.ts';
import { listRefs, readRef } from './ref.ts';
import { type GitView, openView, renderCommit, renderFileChange } from './render-git.ts';
import { archiveUrl } from './serve-archive.ts';
import { findWorkflowChange } from './workflow-change.ts';

const READ = ['contents:read'] as const;
const WRITE = ['contents:write'] as const;
const REPOSITORY = '/repos/{owner}/{repo}';
/** A list of commits ends here; nobody pages further on a machine of their own. */
const COMMITS_MAX = 1000;
/** GitHub's limit of a comparison. */
const FILES_MAX = 300;

/** Commits, branches, comparisons, merges and archives. */
export const historyRoutes = routes({
  'repos/compare-commits-with-basehead': {
    method: 'GET',
    path: `${REPOSITORY}/compare/{basehead}`,
    access: READ,
    handle: compare,
  },
  'repos/list-commits': {
    method: 'GET',
    path: `${REPOSITORY}/commits`,
    access: READ,
    handle: listHistory,
  },
  'repos/get-commit': {
    method: 'GET',
    path: `${REPOSITORY}/commits/{ref}`,
    access: READ,
    handle: getCommit,
  },
  'repos/list-branches': {
    method: 'GET',
    path: `${REPOSITORY}/branches`,
    access: READ,
    handle: listBranches,
  },
  'repos/get-branch': {
    method: 'GET',
    path: `${REPOSITORY}/branches/{branch}`,
    access: READ,
    handle: getBranch,
  },
  'repos/merge': {
    method: 'POST',
    path: `${REPOSITORY}/merges`,
    access: WRITE,
    handle: merge,
  },
  'repos/download-tarball-archive': {
    method: 'GET',
    path: `${REPOSITORY}/tarball/{ref}`,
    access: READ,
    handle: getTarball,
  },
});

async function compare(call: Call): Promise<Reply<'repos/compare-commits-with-basehead'>> {
  const repository = repositoryOf(call);
  const [base, head, rest] = (call.params.basehead ?? '').split('...');
  if (!base || !head || rest !== undefined) throw new HttpError(404, 'Not Found');
  const baseSha = await findSide(call, repository, base);
  const headSha = await findSide(call, repository, head);
  const compared = await compareCommits(repository.gitDir, baseSha, headSha);
  if (compared.mergeBase === null)
    throw new HttpError(404, `No common ancestor between ${base} and ${head}.`);
  const text = await answerAsText(call, repository.gitDir, compared.mergeBase, headSha);
  if (text) return text;
  const view = await openView(call.world, repository);
  const from = await readCommit(repository.gitDir, baseSha);
  const common = await readCommit(repository.gitDir, compared.mergeBase);
  const page = `${view.page}/compare/${base}...${head}`;
  return {
    status: 200,
    body: {
      url: `${view.url}/compare/${base}...${head}`,
      html_url: page,
      permalink_url: `${view.page}/compare/${baseSha.slice(0, 7)}...${headSha.slice(0, 7)}`,
      diff_url: `${page}.diff`,
      patch_url: `${page}.patch`,
      base_commit: renderCommit(view, from),
      merge_base_commit: renderCommit(view, common),
      status: compared.status,
      ahead_by: compared.aheadBy,
      behind_by: compared.behindBy,
      total_commits: compared.aheadBy,
      commits: compared.commits.map((commit) => renderCommit(view, commit)),
      files: compared.files
        .slice(0, FILES_MAX)
        .map((file) => renderFileChange(view, headSha, file)),
    },
  };
}

/** `owner:branch` is understood for this repository's own owner; there are no forks here. */
async function findSide(call: Call, repository: Repository, name: string): Promise<string> {
  const owner = call.world.fullName(repository).split('/')[0];
  const local = name.startsWith(`${owner}:`) ? name.slice(`${owner}:`.length) : name;
  const sha = await findCommit(repository, local);
  if (sha === undefined) throw new HttpError(404, 'Not Found');
  return sha;
}

async function listHistory(call: Call): Promise<Reply<'repos/list-commits'>> {
  const repository = await requireCommits(call);
  const from = await findCommit(repository, call.query.get('sha') ?? repository.defaultBranch);
  if (from === undefined) throw new HttpError(404, 'Not Found');
  const path = call.query.get('path');
  if (path !== null && !isTreePath(path)) throw new HttpError(404, 'Not Found');
  const query = path === null ? {} : { path };
  const commits = await listCommits(repository.gitDir, { from, count: COMMITS_MAX, ...query });
  const view = await openView(call.world, repository);
  return paginate(call, commits, (commit) => renderCommit(view, commit));
}

async function getCommit(call: Call): Promise<Reply<'repos/get-commit'>> {
  const repository = await requireCommits(call);
  const { gitDir } = repository;
  const name = call.params.ref ?? '';
  const sha = await findCommit(repository, name.replace(/^refs\/heads\/|^heads\//, ''));
  if (sha === undefined) throw new HttpError(422, `No commit found for SHA: ${name}`);
  if (/\.sha\b/.test(call.headers.accept ?? ''))
    return { status: 200, bytes: Buffer.from(sha), headers: { 'content-type': 'text/plain' } };
  const commit = await readCommit(gitDir, sha);
  const text = await answerAsText(call, gitDir, commit.parents[0] ?? null, sha);
  if (text) return text;
  const files = await diffTrees(gitDir, commit.parents[0] ?? null, sha);
  const additions = files.reduce((sum, file) => sum + file.additions, 0);
  const deletions = files.reduce((sum, file) => sum + file.deletions, 0);
  const view = await openView(call.world, repository);
  return {
    status: 200,
    body: {
      ...renderCommit(view, commit),
      stats: { additions, deletions, total: additions + deletions },
      files: files.slice(0, FILES_MAX).map((file) => renderFileChange(view, sha, file)),
    },
  };
}

function renderBranch(view: GitView, name: string, sha: string) {
  const isOne = isProtected(view.repository, name);
  const checks = listRequiredChecks(view.repository, name);
  const contexts = checks.map(({ context }) => context);
  return {
    name,
    commit: { sha, url: `${view.url}/commits/${sha}` },
    protected: isOne,
    protection: {
      enabled: isOne,
      required_status_checks: {
        enforcement_level: contexts.length > 0 ? 'non_admins' : 'off',
        contexts,
        checks: checks.map(({ context, integration_id: pinned }) => ({
          context,
          app_id: pinned ?? null,
        })),
      },
    },
    protection_url: `${view.url}/branches/${encodeURIComponent(name)}/protection`,
  };
}

async function listBranches(call: Call): Promise<Reply<'repos/list-branches'>> {
  const repository = repositoryOf(call);
  const view = await openView(call.world, repository);
  const wanted = call.query.get('protected');
  const branches = (await listRefs(repository.gitDir, 'refs/heads/'))
    .map(({ ref, sha }) => renderBranch(view, ref.slice('refs/heads/'.length), sha))
    .filter((branch) => wanted === null || String(branch.protected) === wanted);
  return paginate(call, branches, (branch) => branch);
}

async function getBranch(call: Call): Promise<Reply<'repos/get-branch'>> {
  const repository = repositoryOf(call);
  const name = call.params.branch ?? '';
  const ref = await readRef(repository.gitDir, `refs/heads/${name}`);
  if (!ref) throw new HttpError(404, 'Branch not found');
  const view = await openView(call.world, repository);
  const commit = await readCommit(repository.gitDir, ref.sha);
  const url = `${view.url}/branches/${encodeURIComponent(name)}`;
  return {
    status: 200,
    body: {
      ...renderBranch(view, name, ref.sha),
      commit: renderCommit(view, commit),
      _links: { self: url, html: `${view.page}/tree/${name}` },
    },
  };
}

async function merge(call: Call): Promise<Reply<'repos/merge'>> {
  const repository = await requireCommits(call);
  const { gitDir } = repository;
  const base = requiredText(call.body, 'base');
  const head = requiredText(call.body, 'head');
  const ref = await readRef(gitDir, `refs/heads/${base}`);
  if (!ref) throw new HttpError(404, 'Base does not exist');
  const headSha = await findCommit(repository, head);
  if (headSha === undefined) throw new HttpError(404, 'Head does not exist');
  const move = { ref: ref.ref, before: ref.sha, after: headSha };
  const rules = rulesForPush(call.world, repository, actorOf(call.principal).id, ref.ref);
  const known = { isForward: true, hasMerges: true };
  const refusal = wordApiRefusal(judgeMove(repository, rules, move, known));
  if (refusal !== undefined) throw new HttpError(409, refusal);
  if (!canWriteWorkflows(call) && (await findWorkflowChange(gitDir, headSha)) !== undefined)
    throw refuseWorkflows();
  const message = optionalText(call.body, 'commit_message') ?? `Merge ${head} into ${base}`;
  const author = signatureOf(call);
  const merged = await mergePull(gitDir, {
    baseRef: base,
    headSha,
    method: 'merge',
    message,
    author,
  });
  if (!merged.ok) {
    if (merged.reason === 'nothing') return { status: 204 };
    throw new HttpError(
      409,
      merged.reason === 'moved' ? 'Base branch was modified.' : 'Merge conflict',
    );
  }
  await announcePush(call, { ref: ref.ref, before: ref.sha, after: merged.sha });
  const view = await openView(call.world, repository);
  return { status: 201, body: renderCommit(view, await readCommit(gitDir, merged.sha)) };
}

async function getTarball(call: Call): Promise<Reply<'repos/download-tarball-archive'>> {
  const repository = repositoryOf(call);
  const sha = await findCommit(repository, call.params.ref ?? '');
  if (sha === undefined) throw new HttpError(404, 'Not Found');
  return { status: 302, headers: { location: archiveUrl(call.world, repository, sha) } };
}
