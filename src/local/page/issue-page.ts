import type { Issue } from '#local/record/issue.ts';
import type { Pull } from '#local/record/pull.ts';
import { blockedIssuesOf, issueById, type PlacedIssue } from '../api/place-issue.ts';
import type { World } from '../world.ts';
import { renderCommentForm, renderLabelForm } from './form.ts';
import { type Html, html } from './html.ts';
import { type RepositoryPlace, renderPage } from './render-page.ts';
import { renderText, renderTimeline } from './timeline.ts';
import { showLabels, showState, showTime, showUser, subjectPath } from './view.ts';

/** The page of an issue: its text, what happened since, and what it is tied to. */
export function renderIssuePage(place: RepositoryPlace, issue: Issue): string {
  const { world, repository } = place;
  return renderPage(
    { ...place, tab: 'Issues' },
    `${issue.title} · Issue #${issue.number} · ${world.fullName(repository)}`,
    renderTitle(world, issue),
    renderTalk(place, issue, renderTies(world, issue)),
  );
}

/** Title, number, state and author. */
export function renderTitle(world: World, subject: Issue | Pull): Html {
  return html`<h1>${subject.title} <span class="number">#${subject.number}</span></h1><p>${showState(subject)} ${showUser(world, subject.authorId)} <span class="soft">opened this ${showTime(subject.createdAt)}</span></p>`;
}

/** The conversation with its side column. */
export function renderTalk(
  place: RepositoryPlace,
  subject: Issue | Pull,
  ties: Html | null,
  foot: Html | null = null,
): Html {
  const { world, repository } = place;
  const people = subject.assignees.map((id) => html`<div>${showUser(world, id)}</div>`);
  return html`<div class="talk"><div>${renderText(world, repository, { ...subject, verb: 'wrote' })}${renderTimeline(world, repository, subject)}${foot}${place.refused && html`<p class="flash" role="alert" id="refused">GitHub refused: ${place.refused.because}</p>`}${renderCommentForm(place, subject)}</div><aside><section><h3>Assignees</h3>${people.length === 0 ? 'No one' : people}</section><section><h3>Labels</h3>${subject.labels.length === 0 ? 'None yet' : showLabels(repository, subject.labels)}${renderLabelForm(place, subject)}</section>${ties}</aside></div>`;
}

function renderTies(world: World, issue: Issue): Html {
  const blockers = issue.blockedBy.flatMap((id) => issueById(world, id) ?? []);
  const children = issue.subIssues.flatMap((id) => issueById(world, id) ?? []);
  return html`${list('Blocked by', world, blockers)}${list('Blocking', world, blockedIssuesOf(world, issue))}${list('Sub-issues', world, children)}`;
}

function list(title: string, world: World, items: readonly PlacedIssue[]): Html | null {
  if (items.length === 0) return null;
  const rows = items.map(({ repository, issue }) => {
    const path = `/${world.fullName(repository)}`;
    return html`<div>${issue.state === 'open' ? '○' : '●'} <a href="${subjectPath(path, issue)}">${issue.title} #${issue.number}</a></div>`;
  });
  return html`<section><h3>${title}</h3>${rows}</section>`;
}
