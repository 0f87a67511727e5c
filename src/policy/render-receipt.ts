import type { ReasonLine } from '#model/decision.ts';
import { walkReasons } from '#model/decision.ts';
import type { Opener } from '#model/person.ts';
import type { Ruling } from '#model/ruling.ts';
import type { Account } from '#model/snapshot.ts';
import { capText, visibleText } from '#model/text.ts';

/** GitHub takes 65,536 characters; a receipt that long is not read. */
const receiptMax = 8_000;
/** One sentence holds names and values that somebody chose. */
const sentenceMax = 300;

const verdicts = {
  denied: 'Not started.',
  held: 'Waiting.',
  allowed: 'Started.',
} as const;

/**
 * Why it did, or did not, start: the verdict, a line for each reason that matters, what to do.
 * Markdown for a comment; every sentence is treated as hostile text (`text:hostile`).
 */
export function renderReceipt(
  ruling: Ruling,
  reductions: readonly string[] = [],
  opener: Opener | null = null,
): string {
  const { reasons } = ruling.decision;
  const open = walkReasons(reasons.filter(({ outcome }) => outcome !== 'pass'));
  const passed = walkReasons(reasons.filter(({ outcome }) => outcome === 'pass'));
  const lines = [
    `**Sallyport: ${verdicts[ruling.kind]}** ${nextStep(ruling)}`,
    '',
    ...open.map(renderLine),
    ...(open.length > 0 ? [''] : []),
    ...reductions.flatMap((sentence) => [`- ${sentence}`, '']),
    ...(opener ? [`- ${sayForeseen(opener, ruling.requester)}`, ''] : []),
    '<details><summary>Everything that was checked</summary>',
    '',
    ...passed.map(renderLine),
    '',
    `Base ${ruling.baseSha?.slice(0, 7) ?? 'unknown'}, policy ${ruling.policySha256?.slice(0, 12) ?? 'none'}${ruling.organizationPolicySha256 === null ? '' : ` under ${ruling.organizationPolicySha256.slice(0, 12)}`}.`,
    '</details>',
  ];
  return capText(lines.join('\n'), receiptMax);
}

/** As whom the pull request will be opened, as things are now, while that can still be changed. */
function sayForeseen({ by, because, signInUrl }: Opener, { login }: Account): string {
  const name = escapeMarkdown(login);
  if (by === 'requester')
    return `The pull request will be opened as ${name}, who let this App do that.`;
  const why = because === null ? '' : ` and not as ${name}: ${escapeMarkdown(because)}`;
  // The address is this App's own, from its settings.
  const change = signInUrl === null ? '' : ` [Sign in before it is ready](${signInUrl}).`;
  return `The pull request will be opened by the App${why}.${change}`;
}

function nextStep(ruling: Ruling): string {
  if (ruling.kind === 'allowed')
    return 'The agent works on the text as it was when that was asked.';
  if (ruling.kind === 'held') return 'It starts by itself when this is done:';
  return 'Repair what is listed, then ask again:';
}

function renderLine({ level, mark, sentence }: ReasonLine): string {
  return `${'  '.repeat(Math.min(level, 3))}- ${mark} ${escapeMarkdown(sentence)}`;
}

/** One line of text that stays text: no markup, no mention, no reference, no link, no HTML. */
export function escapeMarkdown(text: string): string {
  return capText(visibleText(text).replace(/\s+/g, ' ').trim(), sentenceMax)
    .replace(/[\\`*_{}[\]()<>!|~$&^]/g, (mark) =>
      mark === '<' ? '&lt;' : mark === '&' ? '&amp;' : `\\${mark}`,
    )
    .replace(/@/g, '@\u200b')
    .replace(/#(?=\w)/g, '#\u200b')
    .replace(/:\/\//g, ':\u200b//')
    .replace(/^(\d{1,9})([.)])/, '$1\\$2')
    .replace(/^[-+=#]/, '\\$&')
    .replace(/www\./gi, 'www\u200b.')
    .replace(/gh-(?=\d)/gi, '$&\u200b');
}
