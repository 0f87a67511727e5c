// A small safe subset of GitHub-flavoured Markdown: what is not known stays text.
import { escapeHtml, safeUrl } from './escape.ts';

/** Where relative things point to. */
export interface InlineContext {
  /** `/owner/repo`, for `#12`. */
  readonly repositoryPath: string;
}

interface Rule {
  readonly pattern: RegExp;
  readonly render: (match: RegExpExecArray, context: InlineContext) => string | undefined;
}

/** Nesting beyond this is text: a hostile comment must not exhaust the stack. */
const DEPTH_MAX = 8;

const RULES: readonly Rule[] = [
  {
    pattern: /^(`+)(?!`)([\s\S]*?[^`])\1(?!`)/,
    render: ([, , code = '']) => `<code>${escapeHtml(code.trim())}</code>`,
  },
  { pattern: /^\\([\\`*_{}[\]()#+\-.!|<>~])/, render: ([, sign = '']) => escapeHtml(sign) },
  {
    pattern: /^!\[([^\]]{0,500})\]\(([^()\s]{1,2000})(?:\s+"[^"]{0,200}")?\)/,
    render: ([, alt = '', url = '']) => image(url, alt),
  },
  {
    pattern: /^<img\s([^<>]{1,2000}?)\/?>/i,
    render: ([, attributes = '']) => imageTag(attributes),
  },
  { pattern: /^<br\s*\/?>/i, render: () => '<br>' },
  {
    pattern: /^<(\/?)(sub|sup|kbd|b|strong|i|em|code)>/i,
    render: ([, slash = '', tag = '']) => `<${slash}${tag.toLowerCase()}>`,
  },
  { pattern: /^<!--[\s\S]*?-->/, render: () => '' },
  { pattern: /^&(?:amp|lt|gt|quot|nbsp|#\d{1,6});/, render: ([entity]) => entity },
  { pattern: /^https?:\/\/[^\s<>"')\]]{1,2000}/, render: ([url]) => link(url, escapeHtml(url)) },
  {
    pattern: /^#(\d{1,9})\b/,
    render: ([text, number = ''], { repositoryPath }) =>
      `<a href="${escapeHtml(repositoryPath)}/issues/${number}">${text}</a>`,
  },
];

const NESTED: readonly { readonly pattern: RegExp; readonly tag: string }[] = [
  { pattern: /^\*\*(?=\S)([\s\S]{1,5000}?\S)\*\*/, tag: 'strong' },
  { pattern: /^~~(?=\S)([\s\S]{1,5000}?\S)~~/, tag: 'del' },
  { pattern: /^\*(?=\S)([^*]{1,5000}?)\*/, tag: 'em' },
  { pattern: /^_(?=\S)([^_]{1,5000}?)_(?!\w)/, tag: 'em' },
];

/** One run of text with its links, code and emphasis. */
export function renderInline(text: string, context: InlineContext, depth = 0): string {
  if (depth > DEPTH_MAX) return escapeHtml(text);
  let html = '';
  let rest = text;
  let isWordBefore = false;
  while (rest !== '') {
    const taken = isWordBefore && /^[#_h]/.test(rest) ? undefined : take(rest, context, depth);
    const length = taken?.length ?? Math.max(1, rest.search(/[^A-Za-z0-9 ]|h(?=ttps?:)/));
    const chunk = rest.slice(0, length);
    html += taken?.html ?? escapeHtml(chunk);
    isWordBefore = /\w$/.test(chunk);
    rest = rest.slice(length);
  }
  return html;
}

function take(rest: string, context: InlineContext, depth: number) {
  if (/^[A-Za-gi-z0-9 ]/.test(rest)) return undefined;
  for (const { pattern, render } of RULES) {
    const match = pattern.exec(rest);
    const html = match ? render(match, context) : undefined;
    if (match && html !== undefined) return { length: match[0].length, html };
  }
  const anchor =
    /^\[((?:!\[[^\]]{0,500}\]\([^()\s]{1,2000}\)|[^\]]){0,1000})\]\(([^()\s]{1,2000})\)/.exec(rest);
  if (anchor) {
    const html = link(anchor[2] ?? '', renderInline(anchor[1] ?? '', context, depth + 1));
    if (html !== undefined) return { length: anchor[0].length, html };
  }
  for (const { pattern, tag } of NESTED) {
    const match = pattern.exec(rest);
    if (!match) continue;
    const inner = renderInline(match[1] ?? '', context, depth + 1);
    return { length: match[0].length, html: `<${tag}>${inner}</${tag}>` };
  }
  return undefined;
}

function link(url: string, html: string): string | undefined {
  const safe = safeUrl(url);
  return safe === undefined
    ? undefined
    : `<a href="${escapeHtml(safe)}" rel="nofollow noopener noreferrer">${html}</a>`;
}

function image(url: string, alt: string, width?: string): string | undefined {
  const safe = safeUrl(url);
  if (safe === undefined) return undefined;
  const size = width === undefined ? '' : ` width="${width}"`;
  return `<img src="${escapeHtml(safe)}" alt="${escapeHtml(alt)}"${size} loading="lazy">`;
}

function imageTag(attributes: string): string | undefined {
  const read = (name: string) =>
    new RegExp(`(?:^|\\s)${name}\\s*=\\s*"([^"]{0,2000})"`, 'i').exec(attributes)?.[1];
  const width = read('width');
  const size = width !== undefined && /^\d{1,4}%?$/.test(width) ? width : undefined;
  return image((read('src') ?? '').replaceAll('&amp;', '&'), read('alt') ?? '', size);
}
