import type { Part } from '#dashboard/html.ts';
import { html } from '#dashboard/html.ts';

/** What the form of the first-run page holds. */
export interface SetupForm {
  /** GitHub's address for people. */
  readonly serverUrl: string;
  /** Whose App it is to be; empty for the person's own account. */
  readonly organization: string;
  readonly manifest: string;
  readonly state: string;
  readonly hookUrl: string;
}

/** The page from which an owner creates the App: a form that goes to GitHub, with the manifest in it. */
export function renderSetupForm(form: SetupForm): string {
  const { serverUrl, organization, manifest, state, hookUrl } = form;
  const place = organization === '' ? '' : `/organizations/${organization}`;
  const action = `${serverUrl}${place}/settings/apps/new?state=${state}`;
  return renderDocument(
    'Create the GitHub App',
    html`<h1>Create the GitHub App</h1>
<p>Sallyport runs as a GitHub App of your own. GitHub shows what it asks for, and you give it a name; its key and secret then come straight to this machine.</p>
<div class="card"><form method="get" action="/setup"><label>Organization that is to own it, empty for your own account
<input name="organization" value="${organization}" pattern="[A-Za-z0-9][A-Za-z0-9\\-]{0,38}" autocomplete="off"></label> <button>Choose</button></form></div>
<div class="card"><form method="post" action="${action}"><input type="hidden" name="manifest" value="${manifest}">
<p>GitHub will send deliveries to <code>${hookUrl}</code>.</p>
<button id="create">Create the App for ${organization === '' ? 'your account' : organization}</button></form></div>`,
  );
}

/** The App exists and this machine has its credentials. */
export function renderSetupDone(slug: string, installUrl: string): string {
  return renderDocument(
    'The App is created',
    html`<h1>The App ${slug} is created</h1>
<p>Its key and secret are on this machine. This page is closed from now on, and Sallyport starts.</p>
<p><a id="install" href="${installUrl}" rel="noreferrer">Install it on your repositories</a></p>`,
  );
}

/** Why the page does nothing, in a sentence. */
export function renderSetupRefusal(sentence: string): string {
  return renderDocument(
    'Not set up',
    html`<h1>Not set up</h1><p id="refusal">${sentence}</p><p><a href="/setup">Begin again</a></p>`,
  );
}

function renderDocument(title: string, body: Part): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Sallyport</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header><span class="brand">Sallyport</span></header>
<main>${body}</main>
</body>
</html>`.text;
}
