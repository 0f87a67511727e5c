import type { Issue } from '#local/record/issue.ts';
import type { Pull } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import { commentsOf } from '../api/render-issue.ts';
import { userById } from '../api/render-user.ts';
import type { World } from '../world.ts';
import { type Html, html } from './html.ts';
import { type Place, renderPage } from './render-page.ts';
import { showLabels, showState, showTime, subjectPath } from './view.ts';

/** Rows of one list; older ones are reached by their number. */
const ROWS_MAX = 200;

/** Open and closed issues, or pull requests, newest first. */
export function renderListPage(
  place: Place & { readonly repository: Repository },
  kind: 'issues' | 'pulls',
): string {
  const { world, repository } = place;
  const items: readonly (Issue | Pull)[] = [...repository[kind].values()];
  const name = world.fullName(repository);
  const tab = kind === 'issues' ? 'Issues' : 'Pull requests';
  return renderPage(
    { ...place, tab },
    `${tab} · ${name}`,
    renderBox(
      place,
      'Open',
      items.filter((item) => item.state === 'open'),
    ),
    renderBox(
      place,
      'Closed',
      items.filter((item) => item.state === 'closed'),
    ),
  );
}

function renderBox(
  { world, repository }: Place & { readonly repository: Repository },
  title: string,
  items: readonly (Issue | Pull)[],
): Html {
  const newest = items.toSorted((a, b) => b.number - a.number);
  const rows = newest.slice(0, ROWS_MAX).map((item) => renderRow(world, repository, item));
  const rest = newest.length - rows.length;
  return html`<div class="box"><div class="top"><b>${items.length} ${title}</b></div>${rows}${rest > 0 && html`<div class="row soft">and ${rest} older ones</div>`}${rows.length === 0 && html`<div class="row soft">None.</div>`}</div>`;
}

function renderRow(world: World, repository: Repository, item: Issue | Pull): Html {
  const path = `/${world.fullName(repository)}`;
  const author = userById(world, item.authorId).login;
  const comments = commentsOf(repository, item.number).length;
  return html`<div class="row">${showState(item)}<div><a href="${subjectPath(path, item)}"><b>${item.title}</b></a> ${showLabels(repository, item.labels)}<div class="soft small">#${item.number} opened ${showTime(item.createdAt)} by ${author}</div></div><span class="end soft">${comments > 0 && html`${comments} comments`}</span></div>`;
}

/** The first page: every repository that the viewer may see. */
export function renderHomePage(place: Place, repositories: readonly Repository[]): string {
  const rows = repositories.map((repository) => {
    const name = place.world.fullName(repository);
    return html`<div class="row"><div><a href="/${name}"><b>${name}</b></a><div class="soft">${repository.description}</div></div></div>`;
  });
  return renderPage(
    place,
    'Local GitHub',
    html`<h1>Repositories</h1><div class="box">${rows}${rows.length === 0 && html`<div class="row soft">None that you may see.</div>`}</div>`,
  );
}
