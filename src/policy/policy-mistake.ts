import type { Document, LineCounter, Node } from 'yaml';
import { isMap, isNode, isScalar } from 'yaml';
import { z } from 'zod';
import type { Json } from '#model/json.ts';
import { capText, visibleText } from '#model/text.ts';

/** One mistake in a policy file, where a person can find it. */
export interface PolicyMistake {
  /** 1 is the first line. */
  readonly line: number;
  readonly column: number;
  /** `verify.commands[0].run`; empty for the whole file. */
  readonly key: string;
  /** What was expected and what was seen. */
  readonly message: string;
}

/** A mistake in one line: `line 3, column 3, agent.use: expected …`. */
export function describeMistake({ line, column, key, message }: PolicyMistake): string {
  return `line ${line}, column ${column}${key ? `, ${key}` : ''}: ${message}`;
}

/** A mistake as the schema reports it, reduced to what is read here. */
interface Issue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly expected?: string;
  readonly keys?: readonly string[];
  readonly values?: readonly unknown[];
  readonly errors?: readonly (readonly Issue[])[];
}

interface Source {
  readonly document: Document;
  readonly lines: LineCounter;
  /** What the file was held to: it knows the keys that would have been right. */
  readonly schema: z.ZodType;
}

type Path = readonly (string | number)[];

/** So many are looked up in the file: anybody may propose one with thousands, and nobody reads them. */
const placedMax = 100;
/** A value is quoted so far in a message. */
const quotedMax = 80;

/** Say the schema's issues in sentences, with the place of each in the file. */
export function toMistakes(
  issues: readonly Issue[],
  value: Json,
  source: Source,
): readonly PolicyMistake[] {
  return issues
    .slice(0, placedMax)
    .flatMap((issue) => sentences(issue, value, source.schema))
    .slice(0, placedMax)
    .map(({ path, message }) => ({ ...placeOf(path, source), key: keyOf(path), message }))
    .sort((a, b) => a.line - b.line || a.column - b.column);
}

function sentences(
  issue: Issue,
  value: Json,
  schema: z.ZodType,
): readonly { path: Path; message: string }[] {
  const path = issue.path.filter((step) => typeof step !== 'symbol');
  if (issue.code === 'custom') return [{ path, message: issue.message }];
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(path, schema).join(', ');
    return (issue.keys ?? []).map((key) => ({
      path: [...path, key],
      message: `expected one of the keys ${known}, got ${quoteValue(key)}`,
    }));
  }
  const best = issue.code === 'invalid_union' ? closest(issue.errors ?? []) : undefined;
  if (best) {
    return best.flatMap((one) =>
      sentences({ ...one, path: [...path, ...one.path] }, value, schema),
    );
  }
  return [{ path, message: `expected ${expectedOf(issue)}, got ${quoteValue(at(value, path))}` }];
}

/** Of a union's arms, the one that was meant: it failed deeper inside than by its type alone. */
function closest(arms: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  return arms.find((arm) =>
    arm.some((issue) => issue.path.length > 0 || issue.code === 'unrecognized_keys'),
  );
}

function expectedOf(issue: Issue): string {
  if (issue.code === 'invalid_type') return article(issue.expected ?? 'another type');
  if (issue.code === 'invalid_value') return (issue.values ?? []).map(quoteValue).join(' or ');
  if (issue.code === 'invalid_union') {
    const arms = (issue.errors ?? []).flatMap((arm) => arm.slice(0, 1));
    return arms.map(expectedOf).join(' or ');
  }
  return issue.message.replace(/^(?:Invalid input|Too (?:small|big)): expected /, '');
}

function article(type: string): string {
  return /^[aeio]/.test(type) ? `an ${type}` : `a ${type}`;
}

/** The keys that the schema knows at a path. */
function knownKeys(path: Path, schema: z.ZodType): readonly string[] {
  let here: readonly unknown[] = [z.toJSONSchema(schema, { io: 'input' })];
  for (const step of path) {
    here = here.flatMap(arms).flatMap((node) => {
      if (typeof step === 'number') return member(node, 'items');
      const named = member(member(node, 'properties')[0], step);
      return named.length > 0 ? named : member(node, 'additionalProperties');
    });
  }
  return here.flatMap(arms).flatMap((node) => {
    const [properties] = member(node, 'properties');
    return typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
  });
}

function arms(node: unknown): readonly unknown[] {
  const [anyOf] = member(node, 'anyOf');
  return Array.isArray(anyOf) ? anyOf : [node];
}

function member(node: unknown, key: string): readonly unknown[] {
  if (typeof node !== 'object' || node === null || !Object.hasOwn(node, key)) return [];
  return [Reflect.get(node, key)];
}

function at(value: Json | undefined, path: Path): Json | undefined {
  let here: unknown = value;
  for (const step of path) here = member(here, String(step))[0];
  return here as Json | undefined;
}

/** A value as a message shows it: JSON, visible, cut. */
export function quoteValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  // JSON has no word for these.
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return capText(visibleText(JSON.stringify(value)), quotedMax);
}

function keyOf(path: Path): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : index > 0 ? `.${step}` : step))
    .join('');
}

/** The key itself when it is there, else the nearest thing around it that is. */
function placeOf(path: Path, { document, lines }: Source): { line: number; column: number } {
  for (let length = path.length; length > 0; length -= 1) {
    const offset = offsetOf(path.slice(0, length), document);
    if (offset === undefined) continue;
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  }
  return { line: 1, column: 1 };
}

function offsetOf(path: Path, document: Document): number | undefined {
  const step = path.at(-1);
  const above = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (isMap(above)) {
    const pair = above.items.find((one) => (isScalar(one.key) ? one.key.value === step : false));
    return pair && isNode(pair.key) ? start(pair.key) : undefined;
  }
  const node = document.getIn(path, true);
  return isNode(node) ? start(node) : undefined;
}

function start(node: Node): number | undefined {
  return node.range?.[0];
}
