const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for HTML, in element or attribute. Everything people or agents wrote goes through here. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
}

/** An address that a link or an image may have: http, https, or a path here. Undefined otherwise. */
export function safeUrl(text: string): string | undefined {
  if (/^(?:\/(?!\/)|#)[^\s"'<>\\]*$/.test(text)) return text;
  if (!URL.canParse(text)) return undefined;
  const { protocol, href } = new URL(text);
  return protocol === 'http:' || protocol === 'https:' ? href : undefined;
}
