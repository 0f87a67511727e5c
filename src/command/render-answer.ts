import { commandForms } from '#model/command.ts';
import type { ReasonLine } from '#model/decision.ts';
import { walkReasons } from '#model/decision.ts';
import { capText } from '#model/text.ts';
import { escapeMarkdown } from '#policy/render-receipt.ts';
import type { Answer } from './answer.ts';
import type { Order } from './deps.ts';
import { findRemedy } from './explain.ts';

/** GitHub takes 65,536 characters; an answer that long is not read. */
const answerMax = 12_000;
const linesMax = 60;

/** The one comment that answers; names, titles and reasons in it are hostile text (`text:hostile`). */
export function renderAnswer({ given }: Order, answer: Answer): string {
  const said =
    given.parsed.kind === 'command' ? `/sallyport ${given.parsed.command.name}` : '/sallyport';
  const tree = walkReasons(answer.reasons);
  const sections = [
    `**Sallyport: ${escapeMarkdown(answer.headline)}.** ${escapeMarkdown(answer.sentence)}.`,
    answer.lines.map((line) => escapeMarkdown(line)).join('\n'),
    tree.slice(0, linesMax).map(renderLine).join('\n'),
    given.parsed.kind === 'malformed' ? renderForms() : '',
    answer.url ? `[Everything that was recorded](${answer.url})` : '',
    `<sub>\`${said}\` by ${escapeMarkdown(given.sender.login)}</sub>`,
  ];
  return capText(sections.filter(Boolean).join('\n\n'), answerMax);
}

function renderLine({ level, mark, sentence, rule, outcome }: ReasonLine): string {
  const remedy = level === 0 ? findRemedy({ rule, outcome }) : undefined;
  const line = `${'  '.repeat(Math.min(level, 3))}- ${mark} ${escapeMarkdown(sentence)}`;
  return remedy ? `${line} → ${escapeMarkdown(remedy)}` : line;
}

function renderForms(): string {
  const rows = Object.values(commandForms).map((form) => `- \`${form}\``);
  return ['The first line of a new comment, exactly one of:', '', ...rows].join('\n');
}
