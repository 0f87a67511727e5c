import { HttpError } from '../api/route.ts';
import { diffTrees } from '../git/diff.ts';
import { isRevision, isTreePath } from '../git/name.ts';
import { readBlobAtPath, readCommit, readTree, resolveCommit } from '../git/object.ts';
import { renderDiff } from './diff.ts';
import { type Html, html } from './html.ts';
import { renderMarkdown } from './render-markdown.ts';
import { type RepositoryPlace, renderPage } from './render-page.ts';
import { showCommit, showTime } from './view.ts';

const README = /^readme(?:\.(?:md|markdown|txt))?$/i;
/** A larger file is not shown line by line. */
const SHOWN_BYTES_MAX = 512 * 1024;

/** A folder of a commit with its README; without a commit yet, how to make one. */
export async function renderFolderPage(
  place: RepositoryPlace,
  revision: string,
  path: string,
): Promise<string> {
  const { world, repository } = place;
  const name = world.fullName(repository);
  const sha = await resolveCommit(repository.gitDir, revision);
  if (sha === undefined) {
    if (revision !== repository.defaultBranch) throw new HttpError(404, 'There is no such page.');
    return renderPage(
      { ...place, tab: 'Code' },
      name,
      html`<h1>${name}</h1><p>This repository is empty. Push to it:</p><pre>git push ${world.urls.server}/${name}.git HEAD:${repository.defaultBranch}</pre>`,
    );
  }
  if (path !== '' && !isTreePath(path)) throw new HttpError(404, 'There is no such folder.');
  const entries = await readTree(repository.gitDir, `${sha}:${path}`, false).catch(() => {
    throw new HttpError(404, 'There is no such folder.');
  });
  const folders = entries.filter((entry) => entry.type === 'tree');
  const files = entries.filter((entry) => entry.type !== 'tree');
  const prefix = path === '' ? '' : `${path}/`;
  const row = (kind: 'tree' | 'blob', entry: string) =>
    html`<div class="row">${kind === 'tree' ? '▸' : '·'} <a href="${`/${name}/${kind}/${encodePath(revision)}/${encodePath(prefix + entry)}`}">${entry}</a></div>`;
  const readme = files.find((entry) => README.test(entry.path));
  return renderPage(
    { ...place, tab: 'Code' },
    path === '' ? name : `${path} · ${name}`,
    path === '' && html`<p class="soft">${repository.description}</p>`,
    html`<p><code>${revision}</code> ${path}</p>`,
    await renderCommitLine(place, sha),
    html`<div class="box">${[...folders.map((entry) => row('tree', entry.path)), ...files.map((entry) => row('blob', entry.path))]}</div>`,
    readme && (await renderReadme(place, sha, prefix + readme.path)),
  );
}

async function renderCommitLine(
  { world, repository }: RepositoryPlace,
  sha: string,
): Promise<Html> {
  const commit = await readCommit(repository.gitDir, sha);
  const path = `/${world.fullName(repository)}`;
  return html`<p>${commit.author.name} <a href="${path}/commit/${sha}">${commit.message.split('\n')[0]}</a> ${showCommit(path, sha)} <span class="soft">${showTime(commit.committer.date)}</span></p>`;
}

async function renderReadme(
  { world, repository }: RepositoryPlace,
  sha: string,
  path: string,
): Promise<Html | null> {
  const blob = await readBlobAtPath(repository.gitDir, sha, path);
  if (!blob) return null;
  const context = { repositoryPath: `/${world.fullName(repository)}`, breaks: false };
  return html`<div class="box"><div class="top"><b>${path}</b></div><div class="text">${renderMarkdown(blob.bytes.toString('utf8'), context)}</div></div>`;
}

/** A text file, line by line. */
export async function renderFilePage(
  place: RepositoryPlace,
  revision: string,
  path: string,
): Promise<string> {
  const { world, repository } = place;
  const blob =
    isRevision(revision) && isTreePath(path)
      ? await readBlobAtPath(repository.gitDir, revision, path)
      : undefined;
  if (!blob) throw new HttpError(404, 'There is no such file.');
  const name = world.fullName(repository);
  const isShown = blob.bytes.length <= SHOWN_BYTES_MAX && !blob.bytes.includes(0);
  const lines = isShown ? blob.bytes.toString('utf8').replace(/\n$/, '').split('\n') : [];
  const rows = lines.map(
    (line, index) =>
      html`<tr id="L${index + 1}"><td class="at">${index + 1}</td><td>${line}</td></tr>`,
  );
  return renderPage(
    { ...place, tab: 'Code' },
    `${path} · ${name}`,
    html`<p><a href="/${name}">${name}</a> / ${path} <span class="soft">at ${revision}</span></p>`,
    html`<div class="box"><div class="top">${blob.bytes.length} bytes · <a href="?raw=true">Raw</a></div>${isShown ? html`<div class="code"><table>${rows}</table></div>` : html`<div class="row soft">Binary or too large to show.</div>`}</div>`,
  );
}

/** A commit: its message and what it changed against its first parent. */
export async function renderCommitPage(place: RepositoryPlace, revision: string): Promise<string> {
  const { world, repository } = place;
  const sha = isRevision(revision) ? await resolveCommit(repository.gitDir, revision) : undefined;
  if (sha === undefined) throw new HttpError(404, 'There is no such commit.');
  const commit = await readCommit(repository.gitDir, sha);
  const [title = '', ...rest] = commit.message.split('\n');
  const files = await diffTrees(repository.gitDir, commit.parents[0] ?? null, sha);
  return renderPage(
    { ...place, tab: 'Code' },
    `${title} · ${world.fullName(repository)}`,
    html`<h1>${title}</h1><pre>${rest.join('\n').trim()}</pre><p class="soft">${commit.author.name} committed ${showTime(commit.committer.date)} · <code>${sha}</code></p>`,
    renderDiff(files),
  );
}

function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
