import type { Schema } from '../api/operation.ts';
import type { TreeEntry } from './object.ts';
import { encodePath, type GitView, toBase64Lines } from './render-git.ts';

/** GitHub leaves larger contents out; the blob's own address has them. */
const INLINE_BYTES_MAX = 1024 * 1024;

type Kind = 'dir' | 'file' | 'submodule' | 'symlink';

/** What a line of a tree is, in the words of the contents API. */
export function kindOf(entry: TreeEntry): Kind {
  if (entry.mode === '120000') return 'symlink';
  if (entry.type === 'tree') return 'dir';
  return entry.type === 'commit' ? 'submodule' : 'file';
}

/** What every kind of content shows. A folder's listing is complete with it. */
export function renderEntry(view: GitView, ref: string, entry: TreeEntry) {
  const path = encodePath(entry.path);
  const url = `${view.url}/contents/${path}?ref=${encodeURIComponent(ref)}`;
  const kind = entry.type === 'tree' ? 'tree' : 'blob';
  const gitUrl = `${view.url}/git/${kind}s/${entry.sha}`;
  const htmlUrl = `${view.page}/${kind}/${encodePath(ref)}/${path}`;
  return {
    name: entry.path.split('/').at(-1) ?? '',
    path: entry.path,
    sha: entry.sha,
    size: entry.size ?? 0,
    url,
    html_url: htmlUrl,
    git_url: gitUrl,
    download_url: entry.type === 'blob' ? `${view.page}/raw/${encodePath(ref)}/${path}` : null,
    _links: { self: url, git: gitUrl, html: htmlUrl },
  };
}

/** A line of a folder's listing. */
export function renderLine(view: GitView, ref: string, entry: TreeEntry) {
  const kind = kindOf(entry);
  const type = kind === 'submodule' ? ('file' as const) : kind;
  return { ...renderEntry(view, ref, entry), type };
}

/** Where the other repository lies is said in `.gitmodules`, which nobody here follows. */
export function renderSubmodule(
  view: GitView,
  ref: string,
  entry: TreeEntry,
): Schema<'content-submodule'> {
  const common = renderEntry(view, ref, entry);
  return { ...common, type: 'submodule', submodule_git_url: common.git_url };
}

/** A file, or a symbolic link as the link that it is. */
export function renderFile(
  view: GitView,
  ref: string,
  entry: TreeEntry,
  bytes: Buffer,
): Schema<'content-file'> | Schema<'content-symlink'> {
  if (entry.mode === '120000') {
    const common = renderEntry(view, ref, entry);
    return { ...common, type: 'symlink', target: bytes.toString('utf8') };
  }
  return renderPlainFile(view, ref, entry, bytes);
}

/** A file with its content, when that is not too large. */
export function renderPlainFile(
  view: GitView,
  ref: string,
  entry: TreeEntry,
  bytes: Buffer,
): Schema<'content-file'> {
  const isInline = bytes.length <= INLINE_BYTES_MAX;
  return {
    ...renderEntry(view, ref, entry),
    type: 'file',
    content: isInline ? toBase64Lines(bytes) : '',
    encoding: isInline ? 'base64' : 'none',
  };
}

/** The bytes alone, for who asks for `raw`. */
export function rawAnswer(bytes: Buffer) {
  const headers = { 'content-type': 'application/vnd.github.raw+json; charset=utf-8' };
  return { status: 200 as const, bytes, headers };
}

/** A line of a folder with the whole path in it. */
export function below(folder: string, entry: TreeEntry): TreeEntry {
  return folder === '' ? entry : { ...entry, path: `${folder}/${entry.path}` };
}
