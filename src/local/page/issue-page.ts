import { latestRun } from '../api/merge-rules.ts';
import { commentsOf } from '../api/render-issue.ts';
import { userById } from '../api/render-user.ts';
import type { Issue, Pull, Repository, World } from '../world.ts';
import { escapeHtml } from './escape.ts';
import { renderMarkdown } from './render-markdown.ts';
import { renderPage } from './render-page.ts';

/** The page of an issue or a pull request: its text, comments, reviews and checks. */
export function renderIssuePage(
  world: World,
  repository: Repository,
  subject: Issue | Pull,
): string {
  const name = world.fullName(repository);
  const path = `/${name}`;
  const isPull = 'headRef' in subject;
  const state = isPull && subject.merged ? 'merged' : subject.state;
  const parts = [
    `<h1>${escapeHtml(subject.title)} <small>#${subject.number}</small></h1>`,
    `<p><span class="state ${state}">${state}</span>${renderLabels(subject.labels)}</p>`,
    isPull ? renderBranches(subject) : '',
    renderCard(world, path, { ...subject, text: subject.body, verb: 'opened this' }),
    ...renderTalk(world, repository, subject.number, path),
    isPull ? renderChecks(world, repository, subject) : '',
  ];
  const crumb = `<a href="${escapeHtml(path)}">${escapeHtml(name)}</a>`;
  return renderPage(`${subject.title} #${subject.number} · ${name}`, crumb, parts.join('\n'));
}

/** Labels as small chips. */
export function renderLabels(labels: readonly string[]): string {
  return labels.map((label) => `<span class="label">${escapeHtml(label)}</span>`).join('');
}

function renderBranches(pull: Pull): string {
  return `<p class="meta"><code>${escapeHtml(pull.headRef)}</code> (${pull.headSha.slice(0, 7)}) into <code>${escapeHtml(pull.baseRef)}</code></p>`;
}

interface Card {
  readonly authorId: number;
  readonly createdAt: string;
  readonly text: string;
  readonly verb: string;
}

function renderCard(world: World, repositoryPath: string, card: Card): string {
  const author = escapeHtml(userById(world, card.authorId).login);
  const text =
    card.text === ''
      ? '<p class="meta">No text.</p>'
      : renderMarkdown(card.text, { repositoryPath });
  return `<div class="card"><div class="top"><b>${author}</b> ${card.verb} on ${card.createdAt}</div><div class="text">${text}</div></div>`;
}

/** Comments and reviews in the order of time. */
function renderTalk(
  world: World,
  repository: Repository,
  number: number,
  path: string,
): readonly string[] {
  const comments = commentsOf(repository, number).map((comment) => ({
    ...comment,
    text: comment.body,
    verb: 'commented',
  }));
  const reviews = [...repository.reviews.values()]
    .filter((review) => review.pull === number && review.state !== 'PENDING')
    .map((review) => ({
      ...review,
      createdAt: review.submittedAt,
      text: review.body,
      verb: `reviewed ${review.commitId.slice(0, 7)}: ${review.state.toLowerCase().replace('_', ' ')}`,
    }));
  return [...comments, ...reviews]
    .sort((a, b) => a.createdAt.localeCompare(b.createdAt) || a.id - b.id)
    .map((card) => renderCard(world, path, card));
}

function renderChecks(world: World, repository: Repository, pull: Pull): string {
  const names = new Set(
    [...repository.checkRuns.values()]
      .filter((run) => run.headSha === pull.headSha)
      .map((run) => run.name),
  );
  const rows = [...names].flatMap((name) => {
    const run = latestRun(repository, pull.headSha, name, null);
    if (!run) return [];
    const result = run.conclusion ?? run.status;
    const app = world.apps.get(run.appId)?.name ?? '';
    const tone = result === 'success' ? 'good' : run.conclusion === null ? 'meta' : 'bad';
    return [
      `<tr><td class="${tone}">${escapeHtml(result)}</td><td>${escapeHtml(name)}</td><td>${escapeHtml(run.output.title ?? '')}</td><td class="meta">${escapeHtml(app)}</td></tr>`,
    ];
  });
  return rows.length === 0 ? '' : `<h2>Checks</h2><table>${rows.join('')}</table>`;
}
