import type { Html, Part } from './html.ts';
import { html } from './html.ts';

/** A whole document. `refreshSeconds` lets a page that changes keep itself current without a script. */
export function renderPage(
  title: string,
  body: Part,
  refreshSeconds: number | null = null,
): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${refreshSeconds === null ? null : html`<meta http-equiv="refresh" content="${refreshSeconds}">`}
<title>${title} · Sallyport</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header><a class="brand" href="/runs">Sallyport</a><nav><a href="/runs">Runs</a><a href="/inventory">Inventory</a><a href="/ledger">Ledger</a></nav></header>
<main>${body}</main>
</body>
</html>`;
  return page.text;
}

/** The headers of every page: nothing loads but our own style and images, nothing frames it. */
export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
} as const;

/** A state or verdict as a coloured word. */
export function badge(word: string): Html {
  return html`<span class="badge ${toneOf(word)}">${word.replaceAll('_', ' ')}</span>`;
}

function toneOf(word: string): string {
  if (['settled', 'merged', 'proven', 'success', 'pass', 'allow', 'allowed', 'live'].includes(word))
    return 'good';
  if (
    ['failed', 'unproven', 'cancelled', 'expired', 'failure', 'fail', 'deny', 'refused'].includes(
      word,
    )
  )
    return 'bad';
  if (['closed', 'revoked'].includes(word)) return 'past';
  return ['held', 'parked', 'paused', 'hold', 'wait', 'action_required', 'suspended'].includes(word)
    ? 'wait'
    : 'busy';
}

/** Milliseconds as people say them. */
export function sayDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  return seconds < 90
    ? `${seconds.toFixed(1)} s`
    : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
