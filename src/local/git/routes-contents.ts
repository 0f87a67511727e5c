import { optionalText, requiredText } from '../api/field.ts';
import { type Answer, type Call, HttpError, type Route } from '../api/route.ts';
import { repositoryOf } from '../api/serve-api.ts';
import {
  canWriteWorkflows,
  findCommit,
  moveRef,
  refuseWorkflows,
  signatureOf,
} from './git-call.ts';
import { isRefName, isTreePath } from './name.ts';
import {
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
  encodePath,
  type GitView,
  openView,
  renderGitCommit,
  toBase64Lines,
} from './render-git.ts';
import { GITHUB } from './signature.ts';
import { markVerified } from './verified.ts';
import { touchesWorkflows } from './workflow-change.ts';

const CONTENTS = '/repos/{owner}/{repo}/contents/{path}';
/** GitHub leaves larger contents out; the blob's own address has them. */
const INLINE_BYTES_MAX = 1024 * 1024;
/** GitHub lists no more of a folder. */
const FOLDER_ENTRIES_MAX = 1000;

/** Files by path: read, write, delete. */
export const contentsRoutes: readonly Route[] = [
  {
    operation: 'repos/get-content',
    method: 'GET',
    path: CONTENTS,
    access: ['contents:read'],
    handle: getContents,
  },
  {
    operation: 'repos/create-or-update-file-contents',
    method: 'PUT',
    path: CONTENTS,
    access: ['contents:write'],
    handle: putFile,
  },
  {
    operation: 'repos/delete-file',
    method: 'DELETE',
    path: CONTENTS,
    access: ['contents:write'],
    handle: deleteFile,
  },
];

function pathOf(call: Call): string {
  return (call.params.path ?? '').replace(/^\/|\/$/g, '');
}

async function getContents(call: Call): Promise<Answer> {
  const repository = repositoryOf(call);
  const { gitDir } = repository;
  const path = pathOf(call);
  const ref = call.query.get('ref') ?? repository.defaultBranch;
  const commit = await findCommit(repository, ref);
  if (commit === undefined) throw new HttpError(404, await missingRef(call, ref));
  if (path !== '' && !isTreePath(path)) throw new HttpError(404, 'Not Found');
  const object = await readObject(gitDir, `${commit}:${path}`);
  const view = await openView(call.world, repository);
  if (object?.type === 'tree') {
    const entries = await readTree(gitDir, object.sha, false);
    return {
      status: 200,
      body: entries
        .slice(0, FOLDER_ENTRIES_MAX)
        .map((entry) => renderEntry(view, ref, below(path, entry))),
    };
  }
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
  const siblings = object ? await readTree(gitDir, `${commit}:${folder}`, false) : [];
  const entry = siblings.map((each) => below(folder, each)).find((each) => each.path === path);
  if (!object || !entry) throw new HttpError(404, 'Not Found');
  if (/\braw\b/.test(call.headers.accept ?? ''))
    return {
      status: 200,
      bytes: object.bytes,
      headers: { 'content-type': 'application/vnd.github.raw+json; charset=utf-8' },
    };
  return { status: 200, body: renderFile(view, ref, entry, object.bytes) };
}

async function missingRef(call: Call, ref: string): Promise<string> {
  const { gitDir, defaultBranch } = repositoryOf(call);
  const isEmpty = (await readRef(gitDir, `refs/heads/${defaultBranch}`)) === undefined;
  return isEmpty ? 'This repository is empty.' : `No commit found for the ref ${ref}`;
}

function below(folder: string, entry: TreeEntry): TreeEntry {
  return folder === '' ? entry : { ...entry, path: `${folder}/${entry.path}` };
}

function renderEntry(view: GitView, ref: string, entry: TreeEntry) {
  const path = encodePath(entry.path);
  const type = entry.type === 'tree' ? 'dir' : entry.type === 'commit' ? 'submodule' : 'file';
  const url = `${view.url}/contents/${path}?ref=${encodeURIComponent(ref)}`;
  const kind = entry.type === 'tree' ? 'tree' : 'blob';
  const gitUrl = `${view.url}/git/${kind}s/${entry.sha}`;
  const htmlUrl = `${view.page}/${kind}/${encodePath(ref)}/${path}`;
  return {
    name: entry.path.split('/').at(-1),
    path: entry.path,
    sha: entry.sha,
    size: entry.size ?? 0,
    url,
    html_url: htmlUrl,
    git_url: gitUrl,
    download_url: type === 'file' ? `${view.page}/raw/${encodePath(ref)}/${path}` : null,
    type: entry.mode === '120000' ? 'symlink' : type,
    _links: { self: url, git: gitUrl, html: htmlUrl },
  };
}

function renderFile(view: GitView, ref: string, entry: TreeEntry, bytes: Buffer) {
  const common = renderEntry(view, ref, entry);
  if (entry.mode === '120000') return { ...common, target: bytes.toString('utf8') };
  const isInline = bytes.length <= INLINE_BYTES_MAX;
  return {
    ...common,
    content: isInline ? toBase64Lines(bytes) : '',
    encoding: isInline ? 'base64' : 'none',
  };
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

async function putFile(call: Call): Promise<Answer> {
  const { gitDir } = repositoryOf(call);
  const message = requiredText(call.body, 'message');
  const { content } = call.body;
  if (typeof content !== 'string' || !/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(content))
    throw new HttpError(422, 'content is not valid Base64');
  const target = await readTarget(call);
  checkCurrent(target, optionalText(call.body, 'sha'));
  const sha = await writeBlob(gitDir, Buffer.from(content, 'base64'));
  const mode = await currentMode(gitDir, target);
  const commit = await commitChange(call, target, { path: target.path, mode, sha }, message);
  const size = Buffer.from(content, 'base64').length;
  const view = await openView(call.world, repositoryOf(call));
  const entry: TreeEntry = { path: target.path, mode, type: 'blob', sha, size };
  const branch = target.ref.slice('refs/heads/'.length);
  return {
    status: target.current === undefined ? 201 : 200,
    body: { content: renderEntry(view, branch, entry), commit: renderGitCommit(view, commit) },
  };
}

/** A file keeps its exec bit when its text changes; a folder cannot be written over. */
async function currentMode(gitDir: string, target: Target): Promise<string> {
  if (target.head === undefined || target.current === undefined) return '100644';
  const folder = target.path.includes('/') ? target.path.replace(/\/[^/]*$/, '') : '';
  const name = target.path.split('/').at(-1);
  const siblings = await readTree(gitDir, `${target.head}:${folder}`, false);
  const found = siblings.find((entry) => entry.path === name);
  if (found?.type !== 'blob') throw new HttpError(422, `${target.path} is not a file`);
  return found.mode;
}

async function deleteFile(call: Call): Promise<Answer> {
  const { gitDir } = repositoryOf(call);
  const fields = call.body.message === undefined ? Object.fromEntries(call.query) : call.body;
  const message = requiredText(fields, 'message');
  const sha = requiredText(fields, 'sha');
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
  await moveRef(call, target.ref, sha, target.head ?? null);
  await markVerified(gitDir, sha);
  return readCommit(gitDir, sha);
}
