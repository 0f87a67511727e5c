// Pure: the little of XML 1.0 that test reports use. No DTD, no entities but the five and numbers,
// no recursion: a report is written by the code under test and may be anything.

/** One step through a document. */
export type XmlEvent =
  | {
      readonly kind: 'open';
      readonly name: string;
      readonly attributes: ReadonlyMap<string, string>;
      readonly empty: boolean;
    }
  | { readonly kind: 'close'; readonly name: string };

/** Attributes an element may have; a report has about six. */
const attributesMax = 64;
/** Elements inside each other; reports nest suites, not thousands. */
const depthMax = 256;

const markup =
  /<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<\?[\s\S]*?\?>|<(\/?)([A-Za-z_][\w.:-]{0,100})((?:\s+[^\s=<>/"']{1,200}\s*=\s*(?:"[^<"]*"|'[^<']*'))*)\s*(\/?)>|</y;
const attribute = /([^\s=<>/"']{1,200})\s*=\s*(?:"([^<"]*)"|'([^<']*)')/g;

/**
 * Read opening and closing tags in order, text left out.
 *
 * Fails   with false for what is not well-formed, for a DOCTYPE, beyond the limits, or when
 *         `visit` wants no more.
 */
export function scanXml(text: string, visit: (event: XmlEvent) => boolean): boolean {
  const open: string[] = [];
  let roots = 0;
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', markup.lastIndex)) {
    markup.lastIndex = at;
    const event = readMarkup(markup.exec(text));
    if (event === 'broken') return false;
    if (event === 'skipped') continue;
    if (open.length === 0) roots += 1;
    if (roots > 1 || !nest(open, event) || !visit(event)) return false;
  }
  return roots === 1 && open.length === 0;
}

function readMarkup(match: RegExpExecArray | null): XmlEvent | 'skipped' | 'broken' {
  if (match === null || match[0] === '<') return 'broken';
  const [, slash, name, attributes = '', end] = match;
  if (name === undefined) return 'skipped';
  if (slash === '/') return end === '' && attributes === '' ? { kind: 'close', name } : 'broken';
  const read = readAttributes(attributes);
  return read === null ? 'broken' : { kind: 'open', name, attributes: read, empty: end === '/' };
}

/** Keep the path of open elements; false when a tag closes another one, or they nest too deep. */
function nest(open: string[], event: XmlEvent): boolean {
  if (event.kind === 'close') return open.pop() === event.name;
  if (!event.empty) open.push(event.name);
  return open.length <= depthMax;
}

function readAttributes(text: string): ReadonlyMap<string, string> | null {
  const attributes = new Map<string, string>();
  for (const [, name = '', double, single] of text.matchAll(attribute)) {
    if (attributes.has(name) || attributes.size >= attributesMax) return null;
    attributes.set(name, unescapeXml(double ?? single ?? ''));
  }
  return attributes;
}

const named: Readonly<Record<string, string>> = {
  lt: '<',
  gt: '>',
  amp: '&',
  quot: '"',
  apos: "'",
};

function unescapeXml(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(lt|gt|amp|quot|apos));/g,
    (whole, hex, decimal, name) => {
      if (name !== undefined) return named[name] ?? whole;
      const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point).toWellFormed() : '\ufffd';
    },
  );
}
