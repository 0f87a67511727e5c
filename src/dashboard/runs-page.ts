import type { Pause } from '#model/pause.ts';
import { describeScope } from '#model/pause.ts';
import type { Run } from '#model/run.ts';
import { isEnded } from '#model/run.ts';
import { html } from './html.ts';
import { badge, renderPage, sayDuration } from './page.ts';

/** The list of runs, newest first. */
export function renderRunsPage(runs: readonly Run[], pauses: readonly Pause[], now: Date): string {
  const busy = runs.some((run) => !isEnded(run.state));
  const body = html`<h1>Runs</h1>
${pauses.map(renderPause)}
${
  runs.length === 0
    ? html`<p class="soft">No run yet. A maintainer starts one by setting the label <code>sallyport</code> on an issue.</p>`
    : html`<div class="card"><table>
<thead><tr><th>State</th><th>Issue</th><th>Repository</th><th>Asked by</th><th>Pull request</th><th>Started</th><th>Took</th></tr></thead>
<tbody>${runs.map((run) => renderRow(run, now))}</tbody></table></div>`
}`;
  return renderPage('Runs', body, busy ? 2 : null);
}

function renderPause({ scope, because, by, at }: Pause) {
  const since = at.slice(0, 19).replace('T', ' ');
  return html`<p>${badge('paused')} ${describeScope(scope)}, since ${since} by ${by}: ${because}</p>`;
}

function renderRow(run: Run, now: Date) {
  const end = isEnded(run.state) ? new Date(run.updatedAt) : now;
  return html`<tr><td>${badge(run.state)}</td>
<td><a href="/runs/${run.id}">#${run.issue.number} ${run.issue.title}</a>${run.because ? html`<div class="soft">${run.because}</div>` : null}</td>
<td>${run.repository.owner}/${run.repository.name}</td><td>${run.requester.login}</td>
<td>${run.pull === null ? '–' : `#${run.pull}`}</td><td>${run.createdAt.slice(0, 19).replace('T', ' ')}</td>
<td>${sayDuration(end.getTime() - new Date(run.createdAt).getTime())}</td></tr>`;
}
