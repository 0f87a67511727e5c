/** A string, with the colon that makes it a name; or where an object or a list begins or ends. */
const sign = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g;

/**
 * The first member of a JSON object that is there twice; undefined when each is there once. A parser
 * takes the last and says nothing, so another reader of the same token could see another claim.
 *
 * Shape   the text of an object that was parsed already; members of inner objects are not looked at
 * Source  RFC 8259 §4; identity.md finding 6
 */
export function findRepeatedMember(text: string): string | undefined {
  const seen = new Set<string>();
  let depth = 0;
  for (const [found, colon] of text.matchAll(sign)) {
    if (found === '{' || found === '[') depth += 1;
    else if (found === '}' || found === ']') depth -= 1;
    else if (colon !== undefined && depth === 1) {
      const name = String(JSON.parse(found.slice(0, -colon.length)));
      if (seen.has(name)) return name;
      seen.add(name);
    }
  }
  return undefined;
}
