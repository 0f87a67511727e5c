import type { Part } from '#dashboard/html.ts';
import { html } from '#dashboard/html.ts';
import { renderPage } from '#dashboard/page.ts';

/** What the page says, and what it offers. */
export interface SignInPage {
  /** What was done, or why nothing was; null at the first look. */
  readonly sentence: string | null;
  /** GitHub's address for people. */
  readonly serverUrl: string;
}

/** The page on which a person lets the App open pull requests as them, or takes that back. */
export function renderSignInPage({ sentence, serverUrl }: SignInPage): string {
  return renderPage(
    'Pull requests as you',
    html`<h1>Pull requests as you</h1>
${sentence === null ? null : html`<p class="card" id="outcome">${sentence}</p>`}
<p>Where a policy says <code>review.opened_by: requester</code>, the pull request of work that you ask for is opened as you, and not as this App. GitHub then takes no approval of yours for it. Nothing else is done as you: commits stay the App’s, with you as co-author.</p>
<p>${button('begin', 'Let this App open pull requests as me')} ${button('end', 'Take that back')}</p>
<p class="soft">GitHub asks you first. What it gives for that is kept encrypted, is used for this alone, and ends when you take it back here or at <a href="${serverUrl}/settings/apps/authorizations" rel="noreferrer">GitHub</a>, or when the App is uninstalled.</p>`,
  );
}

function button(intent: 'begin' | 'end', text: string): Part {
  return html`<form method="post" action="/attribution" class="inline"><button id="${intent}" name="intent" value="${intent}">${text}</button></form>`;
}
