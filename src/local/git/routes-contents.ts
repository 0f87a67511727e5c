import { optionalText, requiredText, suppliedText } from '../api/field.ts';
import type { Reply } from '../api/operation.ts';
import { type Call, HttpError, routes } from '../api/route.ts';
import { repositoryOf } from '../api/serve-api.ts';
import { isBase64 } from './base64.ts';
import { checkBlobSize, checkWrittenSize } from './blob-size.ts';
import { findFile } from './find-file.ts';
import {
  canWriteWorkflows,
  findCommit,
  refuseWorkflows,
  signatureOf,
  tryMoveRef,
} from './git-call.ts';
import { isRefName, isTreePath, ZERO_SHA } from './name.ts';
import {
  readBlob,
  readCommit,
  readObject,
  readTree,
  type TreeEntry,
  writeBlob,
  writeCommit,
  writeTree,
} from './object.ts';
import { readRef } from './ref.ts';
import {
  below,
  rawAnswer,
  renderEntry,
  renderFile,
  renderLine,
  renderSubmodule,
} from './render-contents.ts';
import { type GitView, openView, renderGitCommit } from './render-git.ts';
import { GITHUB } from './signature.ts';
import { markVerified } from './verified.ts';
import { touchesWorkflows } from './workflow-change.ts';

const CONTENTS = '/repos/{owner}/{repo}/contents/{path}';
/** GitHub lists no more of a folder. */
const FOLDER_ENTRIES_MAX = 1000;

/** Files by path: read, write, delete. */
export const contentsRoutes = routes({
  'repos/get-content': {
    method: 'GET',
    path: CONTENTS,
    access: ['contents:read'],
    handle: getContents,
  },
  'repos/create-or-update-file-contents': {
    method: 'PUT',
    path: CONTENTS,
    access: ['contents:write'],
    handle: putFile,
  },
  'repos/delete-file': {
    method: 'DELETE',
    path: CONTENTS,
    access: ['contents:write'],
    handle: deleteFile,
  },
});

function pathOf(call: Call): string {
  return (call.params.path ?? '').replace(/^\/|\/$/g, '');
}

async function getContents(call: Call): Promise<Reply<'repos/get-content'>> {
  const repository = repositoryOf(call);
  const { gitDir } = repository;
  const path = pathOf(call);
  const ref = call.query.get('ref') ?? repository.defaultBranch;
  const commit = await findCommit(repository, ref);
  if (commit === undefined) throw new HttpError(404, await missingRef(call, ref));
  const view = await openView(call.world, repository);
  const entry = await findEntry(gitDir, commit, path);
  if (path === '' || entry?.type === 'tree') {
    const entries = await readTree(gitDir, `${commit}:${path}`, false);
    const shown = entries.slice(0, FOLDER_ENTRIES_MAX).map((each) => below(path, each));
    // Under this version of the API a submodule in a folder calls itself a file.
    return { status: 200, body: shown.map((each) => renderLine(view, ref, each)) };
  }
  if (entry === undefined) throw new HttpError(404, 'Not Found');
  if (entry.type === 'commit') return { status: 200, body: renderSubmodule(view, ref, entry) };
  checkBlobSize(entry.size ?? 0);
  const bytes = (await readBlob(gitDir, entry.sha)) ?? Buffer.alloc(0);
  if (/\braw\b/.test(call.headers.accept ?? '')) return rawAnswer(bytes);
  return { status: 200, body: renderFile(view, ref, entry, bytes) };
}

/** The line of the tree that names a path, with the whole path in it. */
async function findEntry(
  gitDir: string,
  commit: string,
  path: string,
): Promise<TreeEntry | undefined> {
  const found = isTreePath(path) ? await findFile(gitDir, commit, path) : undefined;
  return found && { ...found, path };
}

async function missingRef(call: Call, ref: string): Promise<string> {
  const { gitDir, defaultBranch } = repositoryOf(call);
  const isEmpty = (await readRef(gitDir, `refs/heads/${defaultBranch}`)) === undefined;
  return isEmpty ? 'This repository is empty.' : `No commit found for the ref ${ref}`;
}

interface Target {
  readonly path: string;
  readonly ref: string;
  /** The branch's commit; undefined in an empty repository. */
  readonly head: string | undefined;
  /** The file that stands there now. */
  readonly current: string | undefined;
}

async function readTarget(call: Call): Promise<Target> {
  const repository = repositoryOf(call);
  const path = pathOf(call);
  if (!isTreePath(path)) throw new HttpError(422, 'path contains a malformed path component');
  if (touchesWorkflows(path) && !canWriteWorkflows(call)) throw refuseWorkflows();
  const fields = call.body.branch === undefined ? Object.fromEntries(call.query) : call.body;
  const branch = optionalText(fields, 'branch') ?? repository.defaultBranch;
  const ref = `refs/heads/${branch}`;
  const head = isRefName(ref) ? (await readRef(repository.gitDir, ref))?.sha : undefined;
  if (head === undefined && branch !== repository.defaultBranch)
    throw new HttpError(404, `Branch ${branch} not found`);
  const object = head && (await readObject(repository.gitDir, `${head}:${path}`));
  return { path, ref, head, current: object ? object.sha : undefined };
}

function checkCurrent(target: Target, sha: string | undefined): void {
  if (target.current === undefined) {
    if (sha === undefined) return;
    throw new HttpError(404, 'Not Found');
  }
  if (sha === undefined) throw new HttpError(422, 'Invalid request.\n\n"sha" wasn\'t supplied.');
  if (sha !== target.current) throw new HttpError(409, `${target.path} does not match ${sha}`);
}

async function putFile(call: Call): Promise<Reply<'repos/create-or-update-file-contents'>> {
  const { gitDir } = repositoryOf(call);
  const message = suppliedMessage(call.body);
  const content = suppliedText(call.body, 'content');
  if (!isBase64(content)) throw new HttpError(422, 'content is not valid Base64');
  const target = await readTarget(call);
  checkCurrent(target, optionalText(call.body, 'sha'));
  const bytes = Buffer.from(content, 'base64');
  checkWrittenSize(bytes.length);
  const sha = await writeBlob(gitDir, bytes);
  const mode = await currentMode(gitDir, target);
  const commit = await commitChange(call, target, { path: target.path, mode, sha }, message);
  const view = await openView(call.world, repositoryOf(call));
  const entry: TreeEntry = { path: target.path, mode, type: 'blob', sha, size: bytes.length };
  const branch = target.ref.slice('refs/heads/'.length);
  return {
    status: target.current === undefined ? 201 : 200,
    body: { content: renderWritten(view, branch, entry), commit: renderGitCommit(view, commit) },
  };
}

/** There is no commit without a word. */
function suppliedMessage(fields: Readonly<Record<string, unknown>>): string {
  suppliedText(fields, 'message');
  return requiredText(fields, 'message');
}

function renderWritten(view: GitView, branch: string, entry: TreeEntry) {
  const { download_url: download, ...rest } = renderEntry(view, branch, entry);
  return { ...rest, ...(download === null ? {} : { download_url: download }), type: 'file' };
}

/** A file keeps its exec bit when its text changes; a folder cannot be written over. */
async function currentMode(gitDir: string, target: Target): Promise<string> {
  if (target.head === undefined || target.current === undefined) return '100644';
  const found = await findFile(gitDir, target.head, target.path);
  if (found?.type !== 'blob') throw new HttpError(422, `${target.path} is not a file`);
  return found.mode;
}

async function deleteFile(call: Call): Promise<Reply<'repos/delete-file'>> {
  const { gitDir } = repositoryOf(call);
  const fields = call.body.message === undefined ? Object.fromEntries(call.query) : call.body;
  const message = suppliedMessage(fields);
  const sha = suppliedText(fields, 'sha');
  const target = await readTarget(call);
  if (target.current === undefined) throw new HttpError(404, 'Not Found');
  checkCurrent(target, sha);
  const mode = await currentMode(gitDir, target);
  const commit = await commitChange(call, target, { path: target.path, mode, sha: null }, message);
  const view = await openView(call.world, repositoryOf(call));
  return { status: 200, body: { content: null, commit: renderGitCommit(view, commit) } };
}

async function commitChange(
  call: Call,
  target: Target,
  change: { readonly path: string; readonly mode: string; readonly sha: string | null },
  message: string,
) {
  const { gitDir } = repositoryOf(call);
  const base = target.head === undefined ? null : (await readCommit(gitDir, target.head)).tree;
  const tree = await writeTree(gitDir, base, [change]);
  const author = signatureOf(call);
  const parents = target.head === undefined ? [] : [target.head];
  const committer = { ...author, ...GITHUB };
  const sha = await writeCommit(gitDir, { tree, parents, message, author, committer });
  if (!(await tryMoveRef(call, target.ref, sha, target.head ?? null))) {
    const now = (await readRef(gitDir, target.ref))?.sha ?? ZERO_SHA;
    throw new HttpError(409, `is at ${now} but expected ${target.head ?? ZERO_SHA}`);
  }
  await markVerified(gitDir, sha);
  return readCommit(gitDir, sha);
}
