import type { User } from '#local/record/account.ts';
import type { Repository } from '#local/record/repository.ts';
import type { World } from '../world.ts';
import type { Act } from './act.ts';
import { Html, html, type Part } from './html.ts';
import { STYLE } from './style.ts';

/** Where a page stands: what its header names and which tab is open. */
export interface Place {
  readonly world: World;
  /** Who looks; undefined for a stranger. */
  readonly viewer: User | undefined;
  readonly repository?: Repository;
  readonly tab?: 'Code' | 'Issues' | 'Pull requests' | 'Actions';
}

/** A page of one repository. */
export type RepositoryPlace = Place & {
  readonly repository: Repository;
  /** A form that was just refused: why, and what it held, so that nothing typed is lost. */
  readonly refused?: {
    readonly act: Act;
    readonly because: string;
    readonly form: URLSearchParams;
  };
};

/** One whole page. */
export function renderPage(place: Place, title: string, ...body: readonly Part[]): string {
  return html`${new Html('<!doctype html>')}
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title}</title><style>${new Html(STYLE)}</style></head>
<body>${renderHeader(place)}<main>${body}</main></body></html>
`.text;
}

function renderHeader({ world, viewer, repository, tab }: Place): Html {
  const crumbs = repository ? renderCrumbs(world, repository) : null;
  const who = viewer
    ? html`signed in as <b>${viewer.login}</b> · <a href="/logout">sign out</a>`
    : html`<a href="/login">sign in</a>`;
  return html`<header><div class="bar"><a href="/">Local GitHub</a>${crumbs}<span class="who">${who}</span></div>${repository ? renderTabs(world, repository, tab) : null}</header>`;
}

function renderCrumbs(world: World, repository: Repository): Html {
  const [owner = '', name = ''] = world.fullName(repository).split('/');
  const kind = repository.private ? 'Private' : 'Public';
  return html` <span class="soft">/</span> <a href="/${owner}">${owner}</a> <span class="soft">/</span> <b><a href="/${owner}/${name}">${name}</a></b> <span class="label soft">${kind}</span>`;
}

function renderTabs(world: World, repository: Repository, tab: Place['tab']): Html {
  const path = `/${world.fullName(repository)}`;
  const open = (items: Iterable<{ readonly state: string }>) =>
    [...items].filter((item) => item.state === 'open').length;
  const tabs = [
    ['Code', path, null],
    ['Issues', `${path}/issues`, open(repository.issues.values())],
    ['Pull requests', `${path}/pulls`, open(repository.pulls.values())],
    ['Actions', `${path}/actions`, null],
  ] as const;
  return html`<nav aria-label="Repository">${tabs.map(([name, href, count]) => html`<a href="${href}"${name === tab ? new Html(' aria-current="page"') : null}>${name}${count ? html` <span class="count">${count}</span>` : null}</a>`)}</nav>`;
}

/** A page shows pictures from here only, runs no script, sends forms only here (and `formTo`) and sits in no frame. */
export function pageHeaders({ urls }: World, formTo = ''): Readonly<Record<string, string>> {
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'none'; img-src 'self' ${urls.server}; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self' ${formTo}; frame-ancestors 'none'`,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'cache-control': 'no-store',
  };
}
