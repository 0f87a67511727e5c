import { escapeHtml } from '#model/text.ts';

/** Markup that was built here and may stand as it is. */
export interface Html {
  readonly kind: 'html';
  readonly text: string;
}

/** What may stand in a template: text is escaped, markup is not, lists are joined, nothing is left out. */
export type Part = Html | string | number | null | undefined | false | readonly Part[];

/** Build markup: every interpolated text is escaped, in element content and in quoted attributes. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const text = strings.reduce((out, string, index) => out + renderPart(parts[index - 1]) + string);
  return { kind: 'html', text };
}

function renderPart(part: Part): string {
  if (part === null || part === undefined || part === false) return '';
  if (typeof part === 'string' || typeof part === 'number') return escapeHtml(String(part));
  return 'kind' in part ? part.text : part.map(renderPart).join('');
}
