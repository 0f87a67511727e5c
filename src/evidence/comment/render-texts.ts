// Pure: the sentences of a commit and a pull request, written by us from the run's record.

import { neutralise, plainLine } from '#model/neutralise.ts';
import type { Opener } from '#model/person.ts';
import type { Account } from '#model/snapshot.ts';

/** Git shows about this much of a subject. */
const subjectMax = 72;
const titleMax = 200;
/** As long as a change set's own sentence may be. */
const becauseMax = 2000;

interface Work {
  readonly issue: { readonly number: number; readonly title: string };
  readonly requester: Account;
  readonly id: string;
}

/** A title without anything that starts or skips a workflow, closes an issue or mentions anybody. */
function safeTitle(title: string, max: number): string {
  const line = plainLine(title, max).replace(
    /[()]*\b(skip ci|ci skip|no ci|skip actions|actions skip)\b[()]*/gi,
    '',
  );
  return (
    line.replace(/\b(close[sd]?|fix(?:e[sd])?|resolve[sd]?)(?=:?\s+# )/gi, '$1 issue').trim() ||
    'Work on an issue'
  );
}

/** The commit's message: what was asked, who asked, and which run it was. */
export function renderCommitMessage({ issue, requester, id }: Work): string {
  const email = `${requester.id}+${requester.login}@users.noreply.github.com`;
  return [
    safeTitle(issue.title, subjectMax),
    '',
    `Made by an agent for issue ${issue.number}, in run ${id}.`,
    '',
    `Sallyport-Run: ${id}`,
    `Co-authored-by: ${requester.login} <${email}>`,
  ].join('\n');
}

/** Title and body of the pull request; the proof stands in the comment below it. */
export function renderPull({ issue, requester, id }: Work, proven: boolean, opener: Opener) {
  return {
    title: safeTitle(issue.title, titleMax),
    body: [
      `Closes #${issue.number}`,
      '',
      `An agent made this change; ${neutralise(requester.login)} asked for it by setting the label. The proof is in the comment below${proven ? '' : ': the change is **not proven**, so this is a draft'}.`,
      '',
      ...sayOpener(opener, requester),
      `Run \`${id}\``,
    ].join('\n'),
  };
}

/** Who opened it, where somebody wanted another than the App: never left to be guessed. */
export function sayOpener(
  { by, because, signInUrl }: Opener,
  { login }: Account,
): readonly string[] {
  const name = neutralise(login);
  if (by === 'requester')
    return [
      `Opened as ${name}, who let this App do that; an approval of theirs does not count.`,
      '',
    ];
  if (because === null) return [];
  const why = `Opened by the App and not as ${name}: ${plainLine(because, becauseMax)}.`;
  // The address is this App's own, from its settings.
  return [signInUrl === null ? why : `${why} [Sign in for the next one](${signInUrl}).`, ''];
}

/** What the issue is told when there is no pull request. */
export function renderFailure(because: string): string {
  // Outside a code span, and so in the voice of the App: no emphasis that looks like a verdict of its own.
  const plain = plainLine(because, becauseMax).replace(/[\\*_~]/g, '\\$&');
  return `**Sallyport: no pull request.** ${plain}.\n\nTo try again, ask again: remove the label and set it again, for one.`;
}
