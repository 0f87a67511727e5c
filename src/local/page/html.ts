const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Markup that was made here, or by the sanitizer. Everything else is text and gets escaped. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** What a template may hold. Null, undefined and false are nothing; lists are joined. */
export type Part = Html | string | number | null | undefined | false | readonly Part[];

/** HTML with every value escaped unless it is `Html` itself: there is no other way to markup. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(
    strings
      .map((text, index) => text + (index < parts.length ? render(parts[index]) : ''))
      .join(''),
  );
}

function render(part: Part): string {
  if (part === null || part === undefined || part === false) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'string' || typeof part === 'number') return escapeHtml(String(part));
  return part.map(render).join('');
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
}

/** A link when the address is http, https or a path here; else the content alone. */
export function link(address: string, content: Part): Html {
  const safe = safeUrl(address);
  return safe === undefined ? html`${content}` : html`<a href="${safe}">${content}</a>`;
}

function safeUrl(text: string): string | undefined {
  if (/^(?:\/(?!\/)|#)[^\s"'<>\\]*$/.test(text)) return text;
  if (!URL.canParse(text)) return undefined;
  const { protocol, href } = new URL(text);
  return protocol === 'http:' || protocol === 'https:' ? href : undefined;
}
