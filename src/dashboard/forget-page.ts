import type { Account } from '#model/snapshot.ts';
import { html } from './html.ts';
import { renderPage } from './page.ts';

/** Asks before what a person let the App do ends: nobody but that person can begin it again. */
export function renderForgetPage({ id, login }: Account): string {
  const body = html`<h1>End what ${login} let this App do?</h1>
<p>It opens no pull request as ${login} any more. The tokens are revoked at GitHub and forgotten here. Only ${login} can let it again.</p>
<form method="post" action="/revoke"><input type="hidden" name="scope" value="person:${String(id)}"><input type="hidden" name="intent" value="forget">
<p><label>Why, for the ledger and ${login} <input name="because" maxlength="300"></label></p><button class="danger">End it</button></form>
<p><a href="/inventory">Back to the inventory</a></p>`;
  return renderPage('Revoke', html`<section class="card">${body}</section>`);
}
