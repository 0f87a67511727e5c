import type { Identity, IdentityKind, Inventory } from '#model/inventory.ts';
import { identityKinds } from '#model/inventory.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import { badge, renderPage, sayDuration } from './page.ts';

const headings: Readonly<Record<IdentityKind, string>> = {
  app: 'The App',
  installation: 'Installations',
  grant: 'Grants',
  session: 'Sessions of jobs',
  token: 'Tokens that live now',
  person: 'People the App may act for',
  tool: 'Context tools',
  credential: 'Credentials of the App',
};

/** Every non-human identity, a table a kind: who answers for it, what it may, and how to end it. */
export function renderInventoryPage({ at, identities, gaps }: Inventory): string {
  const now = Date.parse(at);
  const sections = identityKinds.map((kind) =>
    renderKind(
      kind,
      identities.filter((one) => one.kind === kind),
      now,
    ),
  );
  return renderPage(
    'Inventory',
    html`<h1>Inventory</h1>
<p class="soft">Everything that can act here without being a person. Of tokens only the start of their SHA-256 is shown, of secrets only their names.</p>
${sections}
<section class="card"><h2>What this list cannot see</h2><ul>${gaps.map((gap) => html`<li>${gap}</li>`)}</ul></section>`,
  );
}

function renderKind(kind: IdentityKind, found: readonly Identity[], now: number): Html {
  return html`<section class="card" id="${kind}"><h2>${headings[kind]} <span class="soft">${found.length}</span></h2>${
    found.length === 0
      ? html`<p class="soft">none</p>`
      : html`<table class="wide"><thead><tr><th></th><th>Identity</th><th>Purpose and scope</th><th>Owner, holder</th><th>Age</th><th>Last used</th><th>Expires</th><th>To revoke</th></tr></thead><tbody>
${found.map((one) => renderRow(one, now))}</tbody></table>`
  }</section>`;
}

function renderRow(one: Identity, now: number): Html {
  return html`<tr><td>${badge(one.state)}</td>
<td>${one.name}${one.id === one.name ? null : html`<div class="soft"><code>${one.id}</code></div>`}</td>
<td>${one.purpose}<div class="soft">${one.scope}</div></td>
<td>${one.owner}<div class="soft">${one.holder}</div></td>
<td class="short">${one.since === null ? '–' : sayAge(now - Date.parse(one.since))}</td>
<td class="short">${one.lastUsedAt === null ? '–' : `${sayAge(now - Date.parse(one.lastUsedAt))} ago`}</td>
<td class="short">${one.expiresAt === null ? '–' : sayExpiry(Date.parse(one.expiresAt) - now)}</td>
<td>${one.revoke}${renderButton(one)}</td></tr>`;
}

/** Leads to a page that asks first: nothing happens by following a link. */
function renderButton({ scopeKey, state }: Identity): Html | null {
  if (scopeKey === null) return null;
  const href = `/revoke?scope=${encodeURIComponent(scopeKey)}`;
  return html`<div><a class="button" href="${href}">${state === 'paused' ? 'Give back' : 'Revoke'}</a></div>`;
}

function sayExpiry(ms: number): string {
  return ms > 0 ? `in ${sayAge(ms)}` : `${sayAge(-ms)} ago`;
}

const dayMs = 24 * 60 * 60_000;

/** Milliseconds, roughly: nobody needs the seconds of a week. */
function sayAge(ms: number): string {
  if (ms >= 2 * dayMs) return `${Math.floor(ms / dayMs)} days`;
  const hours = Math.floor(ms / 3_600_000);
  return hours >= 2 ? `${hours} h` : sayDuration(Math.max(0, ms));
}
