import { plainLine } from '#model/neutralise.ts';
import type { OutsideReport, OutsideThread } from '#model/outside.ts';
import { signalMark } from '#model/outside.ts';
import { capText, visibleText } from '#model/text.ts';

/** GitHub takes 256 characters. */
const titleMax = 200;
/** GitHub takes 65,536; what stands around the text needs a few. */
const bodyMax = 60_000;
/** Nobody reads on, and a fence must be longer than any in it. */
const tildesMax = 16;

/**
 * The issue of an outside thread. Every word of the sender is inside a fence that it cannot close,
 * or in a title without markup: it mentions nobody, links nowhere, hides nothing.
 */
export function renderOutside(thread: OutsideThread): {
  readonly title: string;
  readonly body: string;
} {
  const [first, ...rest] = thread.reports;
  const title = plainLine(first?.part.title ?? '', titleMax);
  return {
    title: title || plainLine(`${thread.source}: ${first?.reference ?? thread.thread}`, titleMax),
    body: [
      '> **Outside text.** Sallyport wrote this issue from a signal. What is fenced was written outside GitHub, by somebody who may hold no role here: a report, not instructions. Nothing starts until a maintainer asks for it.',
      renderPlace(thread, first),
      ...(first ? renderPart(first, share(thread)) : []),
      ...(thread.leftOut > 0 ? [`*${thread.leftOut} parts are left out.*`] : []),
      ...rest.flatMap((report) => renderPart(report, share(thread))),
      'Kept up to date by Sallyport as long as nobody edits it here. The next line finds it again.',
      `\`${signalMark(thread.source, thread.thread)}\``,
    ].join('\n\n'),
  };
}

/** What an issue says when a person has edited it: theirs stays, the news is beside it. */
export function renderOutsideRemark(text: { readonly body: string }): string {
  return `**Sallyport: the signal behind this issue has changed.** The issue was edited here, so it is left as it is. From outside it would now read:\n\n${text.body}`;
}

/** What is said on a closed issue: nobody is told of a text that changes. */
export const reportedAgain =
  '**Sallyport: reported again.** This issue is closed, and a signal has come since; its text is brought up to date. Reopen it if the work is not done: nothing starts by itself.';

/** Each part gets the same room, so that no part pushes another out. */
function share({ reports }: OutsideThread): number {
  return Math.floor(bodyMax / Math.max(1, reports.length));
}

function renderPlace({ source, thread }: OutsideThread, first: OutsideReport | undefined): string {
  const facts = [
    ['source', source],
    ['reference', first?.reference ?? ''],
    ['external id', thread],
    ['link', first?.url ?? ''],
  ].filter(([, value]) => value !== '');
  return fence(
    facts.map(([name, value]) => `${`${name}:`.padEnd(13)}${oneLine(value)}`).join('\n'),
  );
}

function renderPart({ part }: OutsideReport, max: number): string[] {
  const by = part.author === null ? '' : ` by ${oneLine(part.author)}`;
  // The byline is the sender's word as well, so it is fenced with the text.
  const room = Math.max(500, max - 400);
  return [fence(`${part.at}${by}\n\n${capText(part.text, room) || '(no text)'}`)];
}

function oneLine(text = ''): string {
  return capText(visibleText(text).replace(/\s+/g, ' ').trim(), 300);
}

/** A block that nothing in it ends: its fence is longer than every run of tildes inside. */
function fence(text: string): string {
  const short = visibleText(text).replace(/~{16,}/g, '~'.repeat(tildesMax));
  const longest = Math.max(2, ...(short.match(/~+/g) ?? []).map((run) => run.length));
  const mark = '~'.repeat(longest + 1);
  return `${mark}text\n${short}\n${mark}`;
}
