import type { CheckRun } from '#local/record/check.ts';
import type { Pull } from '#local/record/pull.ts';
import { findMergeRefusal, latestRun, readReviewDecision } from '../api/merge-rules.ts';
import { comparePull } from '../api/pull-detail.ts';
import { userById } from '../api/render-user.ts';
import { renderDiff } from './diff.ts';
import { renderMergeForm, renderReviewForm } from './form.ts';
import { type Html, html, link } from './html.ts';
import { renderTalk, renderTitle } from './issue-page.ts';
import { type RepositoryPlace, renderPage } from './render-page.ts';
import { showCommit, showResult, showTime } from './view.ts';

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

const decisions = {
  APPROVED: ['✓', 'good', 'Approved'],
  CHANGES_REQUESTED: ['✕', 'bad', 'Changes were requested'],
  REVIEW_REQUIRED: ['○', 'wait', 'A review is required'],
} as const;

/** Reviews, checks, and whether it may be merged: what GitHub shows above its merge button. */
async function renderMergeBox(place: RepositoryPlace, pull: Pull): Promise<Html | null> {
  if (pull.state !== 'open') return null;
  const { world, repository } = place;
  const decision = await readReviewDecision(world, repository, pull);
  const [sign, tone, words] = decisions[decision ?? 'REVIEW_REQUIRED'];
  const actor = place.viewer ?? userById(world, pull.authorId);
  const attempt = { method: 'squash' } as const;
  const refusal = await findMergeRefusal(world, repository, pull, actor, attempt);
  const verdict =
    refusal === undefined
      ? html`<span class="good">✓</span> This branch can be merged`
      : html`<span class="bad">✕</span> Merging is blocked: ${refusal}`;
  return html`<div class="box"><div class="top"><b>Merge</b></div>${decision !== null && html`<div class="row"><span class="${tone}">${sign}</span> ${words}</div>`}${checkRows(place, pull)}<div class="row">${verdict}</div><div class="text">${renderMergeForm(place, pull)}${renderReviewForm(place, pull)}</div></div>`;
}

function checksOf({ repository }: RepositoryPlace, pull: Pull): readonly CheckRun[] {
  const runs = [...repository.checkRuns.values()].filter((run) => run.headSha === pull.headSha);
  const names = [...new Set(runs.map((run) => run.name))];
  return names.flatMap((name) => latestRun(repository, pull.headSha, name, null) ?? []);
}

function checkRows(place: RepositoryPlace, pull: Pull): readonly Html[] {
  const path = `/${place.world.fullName(place.repository)}`;
  return checksOf(place, pull).map((run) => {
    const result = run.conclusion ?? run.status;
    const app = place.world.apps.get(run.appId)?.name ?? '';
    return html`<div class="row">${showResult(result)}<div><a href="${path}/runs/${run.id}"><b>${run.name}</b></a> <span class="soft">${result.replaceAll('_', ' ')}</span><div class="soft">${run.output.title}</div></div><span class="end soft">${app} ${run.detailsUrl !== null && link(run.detailsUrl, 'Details')}</span></div>`;
  });
}

function renderChecks(place: RepositoryPlace, pull: Pull): Html {
  const rows = checkRows(place, pull);
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
