import { HttpError } from '../api/route.ts';
import { renderCommitPage, renderFilePage, renderFolderPage } from './code-page.ts';
import { renderIssuePage } from './issue-page.ts';
import { renderListPage } from './list-page.ts';
import { type PullTab, renderPullPage } from './pull-page.ts';
import { renderQueuePage } from './queue-page.ts';
import type { RepositoryPlace } from './render-page.ts';
import { renderCheckPage, renderLogPage, renderRunListPage, renderRunPage } from './run-page.ts';

type Render = (place: RepositoryPlace, ...rest: string[]) => string | Promise<string>;

/** The pages of a repository by the first segment below it; more segments are given to them. */
const PAGES: Readonly<Record<string, Render>> = {
  '': (place) => renderFolderPage(place, place.repository.defaultBranch, ''),
  tree: (place, revision = '', ...path) => renderFolderPage(place, revision, path.join('/')),
  blob: (place, revision = '', ...path) => renderFilePage(place, revision, path.join('/')),
  commit: (place, sha = '') => renderCommitPage(place, sha),
  issues: (place, number) =>
    number === undefined ? renderListPage(place, 'issues') : renderSubject(place, number),
  queue: (place, ...branch) => renderQueuePage(place, branch.join('/')),
  pulls: (place) => renderListPage(place, 'pulls'),
  pull: (place, number = '', tab = 'conversation') => renderSubject(place, number, tab),
  actions: renderActions,
  runs: renderCheck,
};

/** The page at a repository's path; throws 404 when there is none. */
export async function renderRepositoryPage(
  place: RepositoryPlace,
  [kind = '', ...rest]: readonly string[],
): Promise<string> {
  const render = Object.hasOwn(PAGES, kind) ? PAGES[kind] : undefined;
  if (!render) throw new HttpError(404, 'There is no such page.');
  return render(place, ...rest);
}

const TABS: readonly PullTab[] = ['conversation', 'commits', 'checks', 'files'];

/** Issues and pull requests share their numbers, and so their addresses. */
function renderSubject(place: RepositoryPlace, number: string, tab = 'conversation') {
  const { issues, pulls } = place.repository;
  const issue = issues.get(Number(number));
  if (issue) return renderIssuePage(place, issue);
  const pull = pulls.get(Number(number));
  const shown = TABS.find((each) => each === tab);
  if (!pull || !shown) throw new HttpError(404, 'There is no such page.');
  return renderPullPage(place, pull, shown);
}

function renderActions(place: RepositoryPlace, ...segments: string[]) {
  const [runs, run, job, id] = segments;
  if (runs === undefined) return renderRunListPage(place);
  if (runs !== 'runs' || run === undefined) throw new HttpError(404, 'There is no such page.');
  return job === 'job' && id !== undefined
    ? renderLogPage(place, run, id)
    : renderRunPage(place, run);
}

/** A job's check run has its page with the run. */
function renderCheck(place: RepositoryPlace, id = '') {
  const check = place.repository.checkRuns.get(Number(id));
  if (!check) throw new HttpError(404, 'There is no such check.');
  return renderCheckPage(place, check);
}
