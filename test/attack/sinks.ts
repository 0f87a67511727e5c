// Every place where text of other people is posted or shown, each as a function of one hostile string.
import { refused } from '#command/answer.ts';
import type { Order } from '#command/deps.ts';
import { renderAnswer } from '#command/render-answer.ts';
import { renderReasons } from '#dashboard/run-page.ts';
import { renderFailure } from '#evidence/comment/render-texts.ts';
import { renderOutside } from '#ingress/render-outside.ts';
import { renderMarkdown } from '#local/page/render-markdown.ts';
import type { Reason } from '#model/decision.ts';
import { codeSpan, fenced } from '#model/neutralise.ts';
import type { OutsideThread } from '#model/outside.ts';
import type { Ruling } from '#model/ruling.ts';
import { renderReceipt } from '#policy/render-receipt.ts';

const reason = (sentence: string): Reason => ({ rule: 'issue-open', outcome: 'fail', sentence });

/** A ruling that was denied for this reason. */
export function denied(text: string): Ruling {
  return {
    kind: 'denied',
    eventId: 'e',
    cause: { kind: 'label', label: 'sallyport' },
    decision: { verdict: 'deny', reasons: [{ ...reason(text), children: [reason(text)] }] },
    installationId: 3,
    repository: { id: 5, ownerId: 6, owner: 'acme', name: 'shop' },
    issue: { id: 8, number: 4, title: text },
    requester: { id: 1, login: 'mona' },
    organizationPolicySha256: null,
    policySha256: null,
    baseSha: null,
  };
}

function answer(text: string): string {
  const order = {
    eventId: 'e',
    given: {
      sender: { id: 1, login: 'mona', type: 'User' },
      parsed: { kind: 'malformed', because: text },
    },
  } as Order;
  return renderAnswer(order, refused('r', text, { lines: [text], reasons: [reason(text)] }));
}

function outside(text: string): string {
  const part = { id: '1', at: '2026-11-22T10:00:00Z', author: text, title: text, text };
  const report = {
    kind: 'report',
    thread: 't',
    reference: text,
    url: text,
    tags: [],
    part,
  } as const;
  const thread = {
    ...{ source: 's', thread: 't', reports: [report], leftOut: 0 },
  };
  return renderOutside(thread as unknown as OutsideThread).body;
}

/** Places of Markdown, and the one of HTML. */
const comments: readonly (readonly [string, (text: string) => string])[] = [
  ['the receipt on an issue', (text) => renderReceipt(denied(text))],
  ['the answer to a command', answer],
  ['the issue of an outside report', outside],
  ['a failure', renderFailure],
  ['a code span', (text) => codeSpan(text)],
  ['a fence', (text) => fenced(text, 2000)],
];
const context = { repositoryPath: '/acme/shop', breaks: true };

/** A name, what is posted for a text, and what a reader's browser gets of it, rendered as on GitHub. */
export const sinks: readonly (readonly [
  string,
  (text: string) => string,
  (text: string) => string,
])[] = [
  ...comments.map(
    ([name, post]) =>
      [name, post, (text: string) => renderMarkdown(post(text), context).text] as const,
  ),
  ['a page of the App', page, page],
];

function page(text: string): string {
  return renderReasons([reason(text)]).text;
}

/** The elements of a page and where they lead: what a text must not add to or take from. */
export function skeleton(html: string): readonly string[] {
  return [...html.matchAll(/<\/?[a-z][^>]*>|<!--/gi)].map(([tag]) => tag);
}

/** What a reader reads: no elements, entities resolved. */
export function words(html: string): string {
  return html
    .replace(/<\/?[a-z][^>]*>/gi, '')
    .replace(/&#x([0-9a-f]+);/gi, (_, hex: string) =>
      String.fromCodePoint(Number.parseInt(hex, 16)),
    )
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}
