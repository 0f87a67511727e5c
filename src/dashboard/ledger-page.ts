import type { Entry } from '#model/entry.ts';
import { html } from './html.ts';
import { badge, renderPage } from './page.ts';
import { renderEntries } from './run-page.ts';

/** The newest entries and whether the whole chain still holds. */
export function renderLedgerPage(
  latest: readonly Entry[],
  chain: { readonly intact: boolean; readonly sentence: string },
): string {
  return renderPage(
    'Ledger',
    html`<h1>Ledger</h1><p>${badge(chain.intact ? 'pass' : 'fail')} ${chain.sentence}</p><div class="card">${renderEntries(latest)}</div>`,
  );
}
