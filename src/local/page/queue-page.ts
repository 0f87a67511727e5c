import type { QueueEntry } from '#local/record/queue.ts';
import { HttpError } from '../api/route.ts';
import { judgeGroup, listQueue, readQueueSettings } from '../queue/read-queue.ts';
import { type Html, html } from './html.ts';
import { type RepositoryPlace, renderPage } from './render-page.ts';
import { showCommit, showTime, showUser } from './view.ts';

const UNBUILT = ['○', 'soft', 'waits for its trial merge'] as const;
const WORDS = {
  waiting: ['●', 'wait', 'checks of its trial merge are running'],
  passed: ['✓', 'good', 'checks of its trial merge passed'],
  failed: ['✕', 'bad', 'checks of its trial merge failed'],
} as const;

/** The merge queue of a branch: what waits, in the order in which it will be merged. */
export function renderQueuePage(place: RepositoryPlace, branch: string): string {
  const { world, repository } = place;
  if (!readQueueSettings(repository, branch))
    throw new HttpError(404, `The branch ${branch} has no merge queue.`);
  const rows = listQueue(repository, branch).map((entry, index) => row(place, entry, index + 1));
  return renderPage(
    { ...place, tab: 'Pull requests' },
    `Merge queue of ${branch} · ${world.fullName(repository)}`,
    html`<h1>Merge queue of <code>${branch}</code></h1>`,
    html`<div class="box"><div class="top"><b>${rows.length} waiting</b></div>${rows}${rows.length === 0 && html`<div class="row soft">Nothing waits.</div>`}</div>`,
  );
}

function row({ world, repository }: RepositoryPlace, entry: QueueEntry, position: number): Html {
  const path = `/${world.fullName(repository)}`;
  const [sign, tone, words] = entry.group ? WORDS[judgeGroup(repository, entry)] : UNBUILT;
  const title = repository.pulls.get(entry.pull)?.title ?? '';
  return html`<div class="row"><b>${position}</b><div><a href="${path}/pull/${entry.pull}"><b>${title}</b></a> <span class="soft">#${entry.pull}</span><div class="soft"><span class="${tone}">${sign}</span> ${words} · added by ${showUser(world, entry.enqueuedById)} ${showTime(entry.enqueuedAt)}</div></div><span class="end">${entry.group && showCommit(path, entry.group.sha)}</span></div>`;
}
