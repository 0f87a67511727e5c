import type { Alias, Document, LineCounter, Node, YAMLMap } from 'yaml';
import { isAlias, isNode, isScalar, visit } from 'yaml';
import type { PolicyMistake } from './policy-mistake.ts';
import { quoteValue } from './policy-mistake.ts';

/** Aliases multiply what a few bytes make the parser build (“billion laughs”). */
export const aliasesMax = 20;

/** Something that people and the parser would read in two ways, and where it is. */
interface Odd {
  readonly offset: number;
  readonly message: string;
}

/**
 * What YAML allows and a policy does not, because whoever reviews the file would read something else
 * than the App: a key that is no word or is there twice, also by an alias; an alias of nothing, of
 * itself, or one too many; and the older YAML, where `010` is eight and `<<` merges.
 */
export function checkYaml(
  document: Document.Parsed,
  text: string,
  lines: LineCounter,
): readonly PolicyMistake[] {
  const { explicit, version } = document.directives.yaml;
  const isOlder = explicit && version !== '1.2';
  const odd = isOlder
    ? [{ offset: text.indexOf('%YAML'), message: `expected YAML 1.2, got ${version}` }]
    : checkNodes(document);
  return odd.map(({ offset, message }) => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col, key: '', message };
  });
}

/** One walk in the order of the file, so that an alias finds the anchor that stands before it. */
function checkNodes(document: Document.Parsed): readonly Odd[] {
  const odd: Odd[] = [];
  const anchors = new Map<string, Node>();
  let aliases = 0;
  visit(document, {
    Node: (_, node) => {
      if (!isAlias(node)) {
        if (node.anchor !== undefined) anchors.set(node.anchor, node);
        return;
      }
      aliases += 1;
      odd.push(...checkAlias(node, anchors.get(node.source), aliases));
    },
  });
  visit(document, { Map: (_, map) => void odd.push(...checkKeys(map)) });
  return odd.toSorted((a, b) => a.offset - b.offset);
}

function checkAlias(alias: Alias, target: Node | undefined, count: number): readonly Odd[] {
  const offset = startOf(alias);
  const name = quoteValue(alias.source);
  if (!target) return [{ offset, message: `expected an anchor ${name} above, got none` }];
  if ((target.range?.[2] ?? 0) > offset) {
    return [{ offset, message: `expected a value for ${name}, got one that holds itself` }];
  }
  if (count !== aliasesMax + 1) return [];
  return [{ offset, message: `expected at most ${aliasesMax} uses of aliases: write values out` }];
}

function checkKeys({ items }: YAMLMap): readonly Odd[] {
  const seen = new Set<string>();
  return items.flatMap(({ key }): readonly Odd[] => {
    const offset = isNode(key) ? startOf(key) : 0;
    // The parser's own objects know `__proto__` as something else.
    if (!isScalar(key) || typeof key.value !== 'string' || key.value === '__proto__') {
      const got = isScalar(key) ? quoteValue(key.value) : 'something else';
      return [{ offset, message: `expected a word as key, got ${got}` }];
    }
    if (seen.has(key.value)) {
      return [{ offset, message: `expected the key ${quoteValue(key.value)} once, got it again` }];
    }
    seen.add(key.value);
    return [];
  });
}

function startOf(node: Node): number {
  return node.range?.[0] ?? 0;
}
