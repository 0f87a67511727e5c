// Pure: the job summary. Names in it are the subject's words, so all of it is preformatted text.
import { escapeHtml } from '#model/text.ts';
import type { CellSummary, Verdict } from '#model/verdict.ts';
import { cellNames } from '#model/verify-record.ts';

/** GitHub takes 1 MiB a step; a person reads a page. */
const summaryMax = 60_000;
const listedMax = 50;

/** The preview of a verdict as Markdown that holds nothing but one block of text. */
export function renderSummary(verdict: Verdict): string {
  const lines = [
    `${verdict.result} (a preview: the App recomputes it from the evidence)`,
    '',
    ...verdict.properties.map((property) => `shown      ${property}`),
    ...verdict.missing.map(({ property, because }) => `not shown  ${property}: ${because}`),
    '',
    ...cellNames.map((cell) => `${cell.padEnd(10)} ${renderCell(verdict.cells[cell])}`),
    ...list(
      'red on the base, green on the change',
      verdict.redGreen.map(({ name }) => name),
    ),
    ...list(
      'findings',
      verdict.findings.map(({ id, severity, path, line, sentence }) =>
        [
          id,
          severity,
          path === null ? '' : `${path}${line === null ? '' : `:${line}`}`,
          sentence,
        ].join(' '),
      ),
    ),
  ];
  return `<pre>${escapeHtml(lines.join('\n').slice(0, summaryMax))}</pre>\n`;
}

function renderCell({ passed, failed, skipped, green }: CellSummary): string {
  return `${green ? 'green' : 'red  '}  ${passed} passed, ${failed} failed, ${skipped} skipped`;
}

function list(title: string, items: readonly string[]): readonly string[] {
  if (items.length === 0) return [];
  const more = items.length > listedMax ? [`  and ${items.length - listedMax} more`] : [];
  return ['', `${title}:`, ...items.slice(0, listedMax).map((item) => `  ${item}`), ...more];
}
