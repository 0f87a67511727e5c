// Forms act as the person who signed in, through the REST API like every other client.

import type { Issue } from '#local/record/issue.ts';
import type { Pull } from '#local/record/pull.ts';
import { isAtLeast } from '../api/access.ts';
import type { Act } from './act.ts';
import { type Html, html, type Part } from './html.ts';
import type { RepositoryPlace } from './render-page.ts';
import { subjectPath } from './view.ts';

/** Sign in with a personal token, as one would with a password. */
export function renderLoginForm(because: string | null, returnTo = '/'): Html {
  return html`<h1>Sign in</h1>${because !== null && html`<p class="flash">${because}</p>`}<form method="post" action="/login"><input type="hidden" name="return_to" value="${returnTo}"><p><label>Personal token <input type="password" name="token" autocomplete="off" required></label> <button>Sign in</button></p></form><p class="soft">The command that started this GitHub printed a token for each person.</p>`;
}

/** Whether the person who looks has a role, or a higher one. */
export function mayDo(
  { world, repository, viewer }: RepositoryPlace,
  role: 'triage' | 'write',
): boolean {
  return viewer !== undefined && isAtLeast(world.roleOf(repository, viewer.id), role);
}

/** A form that does one thing to an issue or pull request. */
export function openForm(
  { world, repository }: RepositoryPlace,
  subject: Issue | Pull,
  act: Act,
  content: Part,
): Html {
  return html`<form method="post" action="${subjectPath(`/${world.fullName(repository)}`, subject)}/${act}">${content}</form>`;
}

/** What the person typed into a form that was refused. */
function typed({ refused }: RepositoryPlace, act: Act, name: string): string {
  return refused?.act === act ? (refused.form.get(name) ?? '') : '';
}

/** A comment; anyone who signed in and sees the page may write one. */
export function renderCommentForm(place: RepositoryPlace, subject: Issue | Pull): Html | null {
  if (!place.viewer) return null;
  const text = typed(place, 'comment', 'body');
  return html`${openForm(place, subject, 'comment', html`<label>Add a comment<textarea name="body" required>${newline}${text}</textarea></label><button>Comment</button>`)}${renderStateForm(place, subject)}`;
}

// The first line break of a text area is markup: a text's own one would be lost.
const newline = '\n';

/** Close or reopen, for the author and for people with triage. */
function renderStateForm(place: RepositoryPlace, subject: Issue | Pull): Html | null {
  const isMerged = 'merged' in subject && subject.merged;
  const isAuthor = place.viewer?.id === subject.authorId;
  if (isMerged || !(isAuthor || mayDo(place, 'triage'))) return null;
  const what = 'headRef' in subject ? 'pull request' : 'issue';
  return subject.state === 'open'
    ? openForm(place, subject, 'close', html`<button class="plain">Close ${what}</button>`)
    : openForm(place, subject, 'reopen', html`<button class="plain">Reopen ${what}</button>`);
}

/** Set or remove one of the repository's labels; nothing where it has none. */
export function renderLabelForm(place: RepositoryPlace, subject: Issue | Pull): Html | null {
  const labels = [...place.repository.labels.values()];
  if (!mayDo(place, 'triage') || labels.length === 0) return null;
  const options = labels.map(
    ({ name }) =>
      html`<option value="${name}">${subject.labels.includes(name) ? 'remove' : 'add'} ${name}</option>`,
  );
  const form = html`<select name="label" aria-label="Label">${options}</select> <button class="plain">Apply</button>`;
  return openForm(place, subject, 'label', form);
}

/** Approve or refuse the commit that the page shows: a later push is not covered by it. */
export function renderReviewForm(place: RepositoryPlace, pull: Pull): Html | null {
  const isOwn = place.viewer?.id === pull.authorId;
  if (!place.viewer || pull.state !== 'open' || isOwn) return null;
  const text = typed(place, 'review', 'body');
  const form = html`<h3>Review ${pull.headSha.slice(0, 7)}</h3><input type="hidden" name="sha" value="${pull.headSha}"><label>Your review<textarea name="body">${newline}${text}</textarea></label><button name="event" value="APPROVE">Approve</button> <button class="plain" name="event" value="REQUEST_CHANGES">Request changes</button> <button class="plain" name="event" value="COMMENT">Comment</button>`;
  return openForm(place, pull, 'review', form);
}
