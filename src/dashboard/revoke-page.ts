import type { Pause, PauseScope } from '#model/pause.ts';
import { describeScope, pauseKey } from '#model/pause.ts';
import { html } from './html.ts';
import { renderPage } from './page.ts';

/** Asks before something is taken back, or given back when it was. `paused` is the pause in force. */
export function renderRevokePage(scope: PauseScope, paused: Pause | null): string {
  const what = describeScope(scope);
  const key = html`<input type="hidden" name="scope" value="${pauseKey(scope)}">`;
  const body = paused
    ? html`<h1>Give back ${what}?</h1>
<p>It was taken back by ${paused.by} on ${paused.at.slice(0, 16).replace('T', ' ')}: ${paused.because}. What was asked for since is decided again.</p>
<form method="post" action="/revoke">${key}<input type="hidden" name="intent" value="resume"><button>Give it back</button></form>`
    : html`<h1>Revoke ${what}?</h1>
<p>${consequence(scope)} It stays so until somebody gives it back.</p>
<form method="post" action="/revoke">${key}<input type="hidden" name="intent" value="revoke">
<p><label>Why, for the people who wait <input name="because" maxlength="300"></label></p><button class="danger">Revoke</button></form>`;
  const back = html`<p><a href="/inventory">Back to the inventory</a></p>`;
  return renderPage('Revoke', html`<section class="card">${body}${back}</section>`);
}

function consequence(scope: PauseScope): string {
  return scope.kind === 'tool'
    ? 'From the next call on no agent gets an answer from it, and work whose policy names it waits.'
    : 'Sessions end and tokens die now, runs at work are stopped and their workflow runs cancelled, and nothing starts. Pull requests that are with people stay.';
}
