import type { Issue, Pull, Repository, World } from '../world.ts';
import { escapeHtml } from './escape.ts';
import { renderLabels } from './issue-page.ts';
import { renderPage } from './render-page.ts';

/** The page of a repository: what is open, then what is closed. */
export function renderRepositoryPage(world: World, repository: Repository): string {
  const name = world.fullName(repository);
  const section = (title: string, kind: 'issues' | 'pull', items: readonly (Issue | Pull)[]) =>
    `<h2>${title}</h2>${items.length === 0 ? '<p class="meta">None.</p>' : `<table>${items.map((item) => renderRow(name, kind, item)).join('')}</table>`}`;
  const body = [
    `<h1>${escapeHtml(name)}</h1><p>${escapeHtml(repository.description)}</p>`,
    `<p class="meta">${repository.private ? 'Private' : 'Public'} · default branch <code>${escapeHtml(repository.defaultBranch)}</code></p>`,
    section('Pull requests', 'pull', newestFirst(repository.pulls.values())),
    section('Issues', 'issues', newestFirst(repository.issues.values())),
  ];
  return renderPage(name, `<a href="/">Local GitHub</a>`, body.join('\n'));
}

/** The first page: every public repository. */
export function renderHomePage(world: World): string {
  const names = [...world.repositories.values()]
    .filter((repository) => !repository.private)
    .map((repository) => escapeHtml(world.fullName(repository)));
  const items = names.map((name) => `<li><a href="/${name}">${name}</a></li>`);
  return renderPage(
    'Local GitHub',
    'Local GitHub',
    `<h1>Repositories</h1><ul>${items.join('')}</ul>`,
  );
}

function newestFirst<T extends { readonly number: number }>(items: Iterable<T>): readonly T[] {
  return [...items].sort((a, b) => b.number - a.number);
}

function renderRow(name: string, kind: 'issues' | 'pull', item: Issue | Pull): string {
  const state = 'merged' in item && item.merged ? 'merged' : item.state;
  const href = escapeHtml(`/${name}/${kind}/${item.number}`);
  return `<tr><td><span class="state ${state}">${state}</span></td><td><a href="${href}">#${item.number} ${escapeHtml(item.title)}</a>${renderLabels(item.labels)}</td></tr>`;
}
