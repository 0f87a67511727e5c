import type { Pull } from '#local/record/pull.ts';
import { comparePull } from '../api/pull-detail.ts';
import { renderDiff } from './diff.ts';
import { type Html, html } from './html.ts';
import { renderTalk, renderTitle } from './issue-page.ts';
import { renderCheckRows, renderMergeBox } from './merge-box.ts';
import { type RepositoryPlace, renderPage } from './render-page.ts';
import { showCommit, showTime } from './view.ts';

/** What a pull request's page can show. */
export type PullTab = 'conversation' | 'commits' | 'checks' | 'files';

/** One tab of a pull request. */
export async function renderPullPage(
  place: RepositoryPlace,
  pull: Pull,
  tab: PullTab,
): Promise<string> {
  const { world, repository } = place;
  const content = {
    conversation: async () => renderTalk(place, pull, null, await renderMergeBox(place, pull)),
    commits: () => renderCommits(place, pull),
    checks: () => renderChecks(place, pull),
    files: async () => renderDiff((await comparePull(repository, pull)).files),
  };
  return renderPage(
    { ...place, tab: 'Pull requests' },
    `${pull.title} · Pull Request #${pull.number} · ${world.fullName(repository)}`,
    renderTitle(world, pull),
    html`<p class="soft">wants to merge <code>${pull.headRef}</code> (${pull.headSha.slice(0, 7)}) into <code>${pull.baseRef}</code></p>`,
    renderTabs(place, pull, tab),
    await content[tab](),
  );
}

function renderTabs({ world, repository }: RepositoryPlace, pull: Pull, open: PullTab): Html {
  const path = `/${world.fullName(repository)}/pull/${pull.number}`;
  const tabs = [
    ['conversation', 'Conversation', path],
    ['commits', 'Commits', `${path}/commits`],
    ['checks', 'Checks', `${path}/checks`],
    ['files', 'Files changed', `${path}/files`],
  ] as const;
  const links = tabs.map(([tab, name, href]) =>
    tab === open
      ? html`<a href="${href}" aria-current="page">${name}</a>`
      : html`<a href="${href}">${name}</a>`,
  );
  return html`<nav aria-label="Pull request">${links}</nav>`;
}

function renderChecks(place: RepositoryPlace, pull: Pull): Html {
  const rows = renderCheckRows(place, pull);
  return html`<div class="box"><div class="top"><b>Checks of ${pull.headSha.slice(0, 7)}</b></div>${rows}${rows.length === 0 && html`<div class="row soft">None.</div>`}</div>`;
}

async function renderCommits({ world, repository }: RepositoryPlace, pull: Pull): Promise<Html> {
  const path = `/${world.fullName(repository)}`;
  const { commits } = await comparePull(repository, pull);
  const rows = commits.map(
    (commit) =>
      html`<div class="row"><div><b>${commit.message.split('\n')[0]}</b><div class="soft">${commit.author.name} committed ${showTime(commit.committer.date)}</div></div><span class="end">${showCommit(path, commit.sha)}</span></div>`,
  );
  return html`<div class="box">${rows}</div>`;
}
