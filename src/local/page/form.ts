// Forms act as the person who signed in, through the REST API like every other client.

import type { Issue } from '#local/record/issue.ts';
import type { Pull } from '#local/record/pull.ts';
import { isAtLeast } from '../api/access.ts';
import { type Html, html } from './html.ts';
import type { RepositoryPlace } from './render-page.ts';

/** Sign in with a personal token, as one would with a password. */
export function renderLoginForm(because: string | null): Html {
  return html`<h1>Sign in</h1>${because !== null && html`<p class="flash">${because}</p>`}<form method="post" action="/login"><p><label>Personal token <input type="password" name="token" autocomplete="off" required></label> <button>Sign in</button></p></form><p class="soft">The command that started this GitHub printed a token for each person.</p>`;
}

function mayDo({ world, repository, viewer }: RepositoryPlace, role: 'triage' | 'write'): boolean {
  return viewer !== undefined && isAtLeast(world.roleOf(repository, viewer.id), role);
}

function actionOf(
  { world, repository }: RepositoryPlace,
  subject: Issue | Pull,
  act: string,
): string {
  const kind = 'headRef' in subject ? 'pull' : 'issues';
  return `/${world.fullName(repository)}/${kind}/${subject.number}/${act}`;
}

/** A comment; anyone who signed in and sees the page may write one. */
export function renderCommentForm(place: RepositoryPlace, subject: Issue | Pull): Html | null {
  if (!place.viewer) return null;
  return html`<form method="post" action="${actionOf(place, subject, 'comment')}"><label>Add a comment<textarea name="body" required></textarea></label><button>Comment</button></form>`;
}

/** Set or remove one of the repository's labels. */
export function renderLabelForm(place: RepositoryPlace, subject: Issue | Pull): Html | null {
  if (!mayDo(place, 'triage')) return null;
  const options = [...place.repository.labels.values()].map(
    ({ name }) =>
      html`<option value="${name}">${subject.labels.includes(name) ? 'remove' : 'add'} ${name}</option>`,
  );
  return html`<form method="post" action="${actionOf(place, subject, 'label')}"><select name="label" aria-label="Label">${options}</select> <button class="plain">Apply</button></form>`;
}

/** Approve or refuse the commit that the page shows: a later push is not covered by it. */
export function renderReviewForm(place: RepositoryPlace, pull: Pull): Html | null {
  const isOwn = place.viewer?.id === pull.authorId;
  if (!place.viewer || pull.state !== 'open' || isOwn) return null;
  return html`<form method="post" action="${actionOf(place, pull, 'review')}"><h3>Review ${pull.headSha.slice(0, 7)}</h3><input type="hidden" name="sha" value="${pull.headSha}"><label>Your review<textarea name="body"></textarea></label><button name="event" value="APPROVE">Approve</button> <button class="plain" name="event" value="REQUEST_CHANGES">Request changes</button> <button class="plain" name="event" value="COMMENT">Comment</button></form>`;
}

/** Merge exactly the commit that the page shows. */
export function renderMergeForm(place: RepositoryPlace, pull: Pull): Html | null {
  if (pull.state !== 'open' || !mayDo(place, 'write')) return null;
  return html`<form method="post" action="${actionOf(place, pull, 'merge')}"><input type="hidden" name="sha" value="${pull.headSha}"><select name="method" aria-label="Merge method"><option value="squash">Squash and merge</option><option value="merge">Create a merge commit</option><option value="rebase">Rebase and merge</option></select> <button>Merge</button></form>`;
}
