import {
  invalid,
  optionalObject,
  optionalText,
  optionalTexts,
  requiredText,
} from '../api/field.ts';
import type { Reply } from '../api/operation.ts';
import { type Call, HttpError, routes } from '../api/route.ts';
import { repositoryOf } from '../api/serve-api.ts';
import { isBase64 } from './base64.ts';
import { checkBlobSize, checkWrittenSize } from './blob-size.ts';
import { readHeader } from './find-object.ts';
import { requireCommits, signatureOf } from './git-call.ts';
import { isRevision } from './name.ts';
import {
  findTypes,
  readBlob,
  readCommit,
  readObject,
  readTree,
  writeBlob,
  writeCommit,
} from './object.ts';
import { buildTree } from './post-tree.ts';
import { openView, renderGitCommit, renderTreeEntry, toBase64Lines } from './render-git.ts';
import { GITHUB, type Signature } from './signature.ts';
import { markVerified } from './verified.ts';

const READ = ['contents:read'] as const;
const WRITE = ['contents:write'] as const;
const GIT = '/repos/{owner}/{repo}/git';
/** GitHub's limit of one listing. */
const TREE_ENTRIES_MAX = 100_000;

/** Blobs, trees and commits of the Git data API. */
export const objectRoutes = routes({
  'git/create-blob': {
    method: 'POST',
    path: `${GIT}/blobs`,
    access: WRITE,
    handle: createBlob,
  },
  'git/get-blob': {
    method: 'GET',
    path: `${GIT}/blobs/{file_sha}`,
    access: READ,
    handle: getBlob,
  },
  'git/create-tree': {
    method: 'POST',
    path: `${GIT}/trees`,
    access: WRITE,
    handle: createTree,
  },
  'git/get-tree': {
    method: 'GET',
    path: `${GIT}/trees/{tree_sha}`,
    access: READ,
    handle: getTree,
  },
  'git/create-commit': {
    method: 'POST',
    path: `${GIT}/commits`,
    access: WRITE,
    handle: createCommit,
  },
  'git/get-commit': {
    method: 'GET',
    path: `${GIT}/commits/{commit_sha}`,
    access: READ,
    handle: getCommit,
  },
});

async function createBlob(call: Call): Promise<Reply<'git/create-blob'>> {
  const repository = await requireCommits(call);
  const { content } = call.body;
  if (typeof content !== 'string') throw invalid('content', 'missing_field');
  const encoding = optionalText(call.body, 'encoding') ?? 'utf-8';
  if (encoding !== 'utf-8' && encoding !== 'base64') throw invalid('encoding', 'invalid');
  if (encoding === 'base64' && !isBase64(content))
    throw new HttpError(422, 'content is not valid Base64');
  const bytes = Buffer.from(content, encoding === 'base64' ? 'base64' : 'utf8');
  checkWrittenSize(bytes.length);
  const sha = await writeBlob(repository.gitDir, bytes);
  const { url } = await openView(call.world, repository);
  return { status: 201, body: { sha, url: `${url}/git/blobs/${sha}` } };
}

async function getBlob(call: Call): Promise<Reply<'git/get-blob'>> {
  const repository = await requireCommits(call);
  const sha = call.params.file_sha ?? '';
  const header = await readHeader(repository.gitDir, sha);
  if (header?.type !== 'blob') throw new HttpError(404, 'Not Found');
  checkBlobSize(header.size);
  const bytes = (await readBlob(repository.gitDir, sha)) ?? Buffer.alloc(0);
  if (/\braw\b/.test(call.headers.accept ?? ''))
    return {
      status: 200,
      bytes,
      headers: { 'content-type': 'application/octet-stream' },
    };
  const { url } = await openView(call.world, repository);
  return {
    status: 200,
    body: {
      sha,
      node_id: `B_${sha}`,
      size: bytes.length,
      url: `${url}/git/blobs/${sha}`,
      content: toBase64Lines(bytes),
      encoding: 'base64',
    },
  };
}

async function createTree(call: Call): Promise<Reply<'git/create-tree'>> {
  await requireCommits(call);
  return { status: 201, body: await describeTree(call, await buildTree(call), false) };
}

async function getTree(call: Call): Promise<Reply<'git/get-tree'>> {
  const { gitDir } = await requireCommits(call);
  const name = call.params.tree_sha ?? '';
  const isGood = isRevision(name) && !name.includes(':');
  const tree = isGood ? await readObject(gitDir, `${name}^{tree}`) : undefined;
  if (tree?.type !== 'tree') throw new HttpError(404, 'Not Found');
  return { status: 200, body: await describeTree(call, tree.sha, call.query.has('recursive')) };
}

async function describeTree(call: Call, sha: string, recursive: boolean) {
  const repository = repositoryOf(call);
  const view = await openView(call.world, repository);
  const entries = await readTree(repository.gitDir, sha, recursive);
  return {
    sha,
    url: `${view.url}/git/trees/${sha}`,
    tree: entries.slice(0, TREE_ENTRIES_MAX).map((entry) => renderTreeEntry(view, entry)),
    truncated: entries.length > TREE_ENTRIES_MAX,
  };
}

async function createCommit(call: Call): Promise<Reply<'git/create-commit'>> {
  const repository = await requireCommits(call);
  const { gitDir } = repository;
  const message = requiredText(call.body, 'message');
  const tree = requiredText(call.body, 'tree');
  const parents = optionalTexts(call.body, 'parents') ?? [];
  const [treeType, ...parentTypes] = await findTypes(gitDir, [tree, ...parents]);
  if (treeType !== 'tree') throw new HttpError(422, 'Tree SHA does not exist');
  if (parentTypes.some((type) => type !== 'commit'))
    throw new HttpError(422, 'Parent SHA does not exist or is not a commit object');
  const signatures = readSignatures(call);
  const sha = await writeCommit(gitDir, { tree, parents, message, ...signatures });
  // GitHub signs what a bot makes without naming anyone else.
  if (signatures.isOwn) await markVerified(gitDir, sha);
  const view = await openView(call.world, repository);
  return { status: 201, body: renderGitCommit(view, await readCommit(gitDir, sha)) };
}

function readSignatures(call: Call) {
  const author = readSignature(call, 'author');
  const committer = readSignature(call, 'committer');
  const isBot = call.principal.kind === 'installation' || call.principal.kind === 'job';
  const own = signatureOf(call);
  const isOwn = isBot && author === undefined && committer === undefined;
  if (isOwn) return { isOwn, author: own, committer: { ...own, ...GITHUB } };
  return { isOwn, author: author ?? own, committer: committer ?? author ?? own };
}

function readSignature(call: Call, field: 'author' | 'committer'): Signature | undefined {
  const given = optionalObject(call.body, field);
  if (!given) return undefined;
  const date = optionalText(given, 'date') ?? call.world.now().toISOString();
  if (Number.isNaN(Date.parse(date))) throw invalid(`${field}.date`, 'invalid');
  return { name: requiredText(given, 'name'), email: requiredText(given, 'email'), date };
}

async function getCommit(call: Call): Promise<Reply<'git/get-commit'>> {
  const repository = await requireCommits(call);
  const sha = call.params.commit_sha ?? '';
  const [type] = await findTypes(repository.gitDir, [sha]);
  if (type !== 'commit') throw new HttpError(404, 'Not Found');
  const view = await openView(call.world, repository);
  return { status: 200, body: renderGitCommit(view, await readCommit(repository.gitDir, sha)) };
}
