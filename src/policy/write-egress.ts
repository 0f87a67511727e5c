// Pure: a policy's text with other ways out. Of what the file says besides, no byte changes.
import {
  Document,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Pair,
  parseDocument,
  type YAMLSeq,
} from 'yaml';
import type { EgressPhase, EgressProposal, ReasonedEntry } from '#model/egress-entry.ts';
import { isSame } from './meet.ts';

/** What is put in, and what is taken out. */
export type EgressChange = Pick<EgressProposal, EgressPhase | 'unused'>;

const section = 'sandbox';
const place = [section, 'egress'] as const;

/** The text of a policy, or of the one key where there is none, each new entry below its reason. */
export function writeEgress(text: string | null, change: EgressChange): string {
  const { setup, work, unused } = change;
  if (text !== null && setup.length + work.length + unused.length === 0) return text;
  const document = parseDocument(text ?? '{}');
  const phased = isMap(document.getIn(place)) || (!document.hasIn(place) && setup.length > 0);
  if (phased) {
    for (const phase of ['setup', 'work'] as const) {
      const drop = unused.flatMap((one) => (one.phase === phase ? [one.entry] : []));
      edit(document, [...place, phase], change[phase], drop);
    }
  } else {
    const drop = unused.map(({ entry }) => entry);
    edit(document, place, [...setup, ...work], drop);
  }
  return spliceSection(text ?? '', document);
}

function edit(
  document: Document,
  path: readonly string[],
  add: readonly ReasonedEntry[],
  drop: readonly unknown[],
): void {
  const list = listAt(document, path);
  list.items = list.items.filter((item) => !drop.some((one) => isSame(one, toJson(item))));
  for (const { entry, reason } of add) {
    if (list.items.some((item) => isSame(entry, toJson(item)))) continue;
    const node = document.createNode(entry, { flow: true });
    node.commentBefore = ` ${reason}`;
    list.items.push(node);
  }
  // Reasons are comments, each on a line of its own: what is around them cannot stay in one line.
  for (let length = 0; length <= path.length && add.length > 0; length += 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (isMap(node) || isSeq(node)) node.flow = false;
  }
}

function listAt(document: Document, path: readonly string[]): YAMLSeq {
  const found = document.getIn(path);
  if (isSeq(found)) return found;
  const list = document.createNode([]) as YAMLSeq;
  document.setIn(path, list);
  return list;
}

/** Only the section is written anew: a pull request must not show lines that nobody meant to change. */
function spliceSection(text: string, document: Document): string {
  const original = parseDocument(text).contents;
  const pair = pairOf(document.contents);
  // A file in one line (JSON is YAML, too) has no lines to keep.
  if (!pair || (isMap(original) && original.flow)) return document.toString({ lineWidth: 0 });
  const before = pairOf(original);
  if (!before) return `${text === '' || text.endsWith('\n') ? text : `${text}\n`}${render(pair)}`;
  const start = isNode(before.key) ? before.key.range?.[0] : undefined;
  const range = isNode(before.value) ? before.value.range : undefined;
  if (start === undefined || !range) return document.toString({ lineWidth: 0 });
  // What stands behind a value in one line is still there below, and must not be said twice.
  if (isMap(before.value) && before.value.flow && isMap(pair.value)) pair.value.comment = null;
  const end = start + text.slice(start, range[1]).trimEnd().length;
  return text.slice(0, start) + render(pair).trimEnd() + text.slice(end);
}

function pairOf(map: unknown): Pair | undefined {
  return isMap(map)
    ? map.items.find(({ key }) => (isScalar(key) ? key.value : key) === section)
    : undefined;
}

function render(pair: Pair): string {
  const own = new Document({});
  if (isMap(own.contents)) own.contents.items.push(pair);
  // Comments above the section stand in the text already.
  if (isScalar(pair.key)) pair.key.commentBefore = null;
  return own.toString({ lineWidth: 0 });
}

function toJson(item: unknown): unknown {
  return isNode(item) ? item.toJSON() : item;
}
