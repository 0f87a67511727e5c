// Blocks of the same subset. No input becomes markup but by a rule below.
import { escapeHtml } from './escape.ts';
import { type InlineContext, renderInline } from './render-inline.ts';

/** A comment is at most this long; what is longer was never accepted. */
const TEXT_CHARS_MAX = 70_000;
const LIST_ITEM = /^(\s*)(?:[-*+]|\d{1,9}[.)])\s+(.*)$/;
const TABLE_RULE = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;

interface Block {
  readonly html: string;
  /** Lines consumed. */
  readonly count: number;
}

/** Markdown of people and agents as safe HTML. */
export function renderMarkdown(text: string, context: InlineContext): string {
  const lines = text
    .slice(0, TEXT_CHARS_MAX)
    .replace(/\r\n?/g, '\n')
    .replace(/<!--[\s\S]*?-->/g, '')
    .split('\n');
  const parts: string[] = [];
  let open = 0;
  for (let index = 0; index < lines.length; ) {
    const details = renderDetails(lines[index] ?? '', context, open);
    const block = details ?? renderBlock(lines, index, context);
    open += details?.change ?? 0;
    parts.push(block.html);
    index += Math.max(1, block.count);
  }
  return parts.join('\n') + '</details>'.repeat(open);
}

/** `<details>` and `<summary>` are the only block tags; an end without a start is dropped. */
function renderDetails(line: string, context: InlineContext, open: number) {
  const [, start, , summary, end] =
    /^\s*(<details(\s+open)?>)?\s*(?:<summary>([\s\S]*?)<\/summary>)?\s*(<\/details>)?\s*$/i.exec(
      line,
    ) ?? [];
  if (start === undefined && summary === undefined && end === undefined) return undefined;
  const closes = end !== undefined && (open > 0 || start !== undefined);
  const html = [
    start === undefined ? '' : '<details>',
    summary === undefined ? '' : `<summary>${renderInline(summary, context)}</summary>`,
    closes ? '</details>' : '',
  ].join('');
  return { html, count: 1, change: (start === undefined ? 0 : 1) - (closes ? 1 : 0) };
}

function renderBlock(lines: readonly string[], index: number, context: InlineContext): Block {
  const line = lines[index] ?? '';
  if (line.trim() === '') return { html: '', count: 1 };
  const fence = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
  if (fence !== undefined) return renderFence(lines, index, fence);
  const [, marks, title = ''] = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line) ?? [];
  if (marks !== undefined) {
    const tag = `h${marks.length}`;
    return { html: `<${tag}>${renderInline(title, context)}</${tag}>`, count: 1 };
  }
  if (/^\s*(?:-{3,}|\*{3,}|_{3,})\s*$/.test(line)) return { html: '<hr>', count: 1 };
  if (line.includes('|') && TABLE_RULE.test(lines[index + 1] ?? ''))
    return renderTable(lines, index, context);
  if (LIST_ITEM.test(line)) return renderList(lines, index, context);
  if (/^\s*>/.test(line)) return renderQuote(lines, index, context);
  return renderParagraph(lines, index, context);
}

function renderFence(lines: readonly string[], index: number, fence: string): Block {
  let end = index + 1;
  while (end < lines.length && !(lines[end] ?? '').trimStart().startsWith(fence)) end += 1;
  const code = lines.slice(index + 1, end).join('\n');
  return { html: `<pre><code>${escapeHtml(code)}</code></pre>`, count: end - index + 1 };
}

function renderTable(lines: readonly string[], index: number, context: InlineContext): Block {
  let end = index + 2;
  while ((lines[end] ?? '').includes('|')) end += 1;
  const row = (line: string, tag: 'th' | 'td') =>
    `<tr>${splitCells(line)
      .map((cell) => `<${tag}>${renderInline(cell, context)}</${tag}>`)
      .join('')}</tr>`;
  const body = lines.slice(index + 2, end).map((line) => row(line, 'td'));
  const head = row(lines[index] ?? '', 'th');
  return {
    html: `<table><thead>${head}</thead><tbody>${body.join('')}</tbody></table>`,
    count: end - index,
  };
}

function splitCells(line: string): readonly string[] {
  const inner = line.trim().replace(/^\|/, '').replace(/\|$/, '');
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'));
}

/** Lists are flat but indented: nesting shows by the margin. */
function renderList(lines: readonly string[], index: number, context: InlineContext): Block {
  const isOrdered = /^\s*\d/.test(lines[index] ?? '');
  const items: string[] = [];
  let end = index;
  for (; end < lines.length; end += 1) {
    const [, indent = '', text] = LIST_ITEM.exec(lines[end] ?? '') ?? [];
    if (text === undefined) break;
    const level = Math.min(4, Math.floor(indent.length / 2));
    const box = /^\[([ xX])\]\s+(.*)$/.exec(text);
    const mark = box ? (box[1] === ' ' ? '☐ ' : '☑ ') : '';
    items.push(`<li class="level${level}">${mark}${renderInline(box?.[2] ?? text, context)}</li>`);
  }
  const tag = isOrdered ? 'ol' : 'ul';
  return { html: `<${tag}>${items.join('')}</${tag}>`, count: end - index };
}

function renderQuote(lines: readonly string[], index: number, context: InlineContext): Block {
  let end = index;
  while (/^\s*>/.test(lines[end] ?? '')) end += 1;
  const text = lines.slice(index, end).map((line) => line.replace(/^\s*>\s?/, ''));
  const html = text.map((line) => renderInline(line, context)).join('<br>');
  return { html: `<blockquote>${html}</blockquote>`, count: end - index };
}

function renderParagraph(lines: readonly string[], index: number, context: InlineContext): Block {
  let end = index + 1;
  while (end < lines.length && !startsBlock(lines, end)) end += 1;
  const html = lines
    .slice(index, end)
    .map((line) => renderInline(line, context))
    .join('<br>');
  return { html: `<p>${html}</p>`, count: end - index };
}

function startsBlock(lines: readonly string[], index: number): boolean {
  const line = lines[index] ?? '';
  if (line.trim() === '' || LIST_ITEM.test(line)) return true;
  if (/^\s*(?:`{3,}|~{3,}|#{1,6}\s|>|<\/?details|<summary)/i.test(line)) return true;
  return line.includes('|') && TABLE_RULE.test(lines[index + 1] ?? '');
}
