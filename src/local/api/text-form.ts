import { renderMarkdown } from '../page/render-markdown.ts';
import type { MediaForm } from './media-type.ts';

/** Operations that answer with what people wrote: issues, pull requests, reviews and comments. */
const WRITTEN = /^(issues|pulls|search)\//;

/** The signs that the renderer escapes, by the name or the code it gives them. */
const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"' };

/**
 * What people wrote, in the forms that a media type asks for: `html` and `text` in place of `body`,
 * `full` beside it.
 *
 * Source  docs.github.com/rest/using-the-rest-api/media-types (comment body properties)
 */
export function toTextForm(
  form: MediaForm,
  operation: string,
  body: unknown,
  repositoryPath: string,
): unknown {
  const isAsked = form === 'html' || form === 'text' || form === 'full';
  if (!isAsked || !WRITTEN.test(operation)) return body;
  const change = (each: unknown) => addForms(form, each, repositoryPath);
  if (Array.isArray(body)) return body.map(change);
  if (isRecord(body) && Array.isArray(body.items))
    return { ...body, items: body.items.map(change) };
  return change(body);
}

function addForms(form: 'html' | 'text' | 'full', value: unknown, repositoryPath: string): unknown {
  if (!isRecord(value) || !('body' in value)) return value;
  const { body, ...rest } = value;
  const html = renderMarkdown(String(body ?? ''), { repositoryPath, breaks: true }).text;
  return {
    ...rest,
    ...(form === 'full' ? { body } : {}),
    ...(form === 'text' ? {} : { body_html: html }),
    ...(form === 'html' ? {} : { body_text: toPlainText(html) }),
  };
}

function toPlainText(html: string): string {
  return html.replace(/<[^>]*>/g, '').replace(/&(?:#x([\da-f]+)|(\w+));/gi, decodeSign);
}

function decodeSign(sign: string, code: string | undefined, name: string | undefined): string {
  if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
  return NAMED[name ?? ''] ?? sign;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
