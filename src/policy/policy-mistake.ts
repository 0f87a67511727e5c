import type { Document, LineCounter, Node } from 'yaml';
import { isMap, isNode, isScalar } from 'yaml';
import { z } from 'zod';
import type { Json } from '#model/json.ts';
import { policySchema } from '#model/policy.ts';
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
}

type Path = readonly (string | number)[];

/** A value is quoted so far in a message. */
const quotedMax = 80;

/** Say the schema's issues in sentences, with the place of each in the file. */
export function toMistakes(
  issues: readonly Issue[],
  value: Json,
  source: Source,
): readonly PolicyMistake[] {
  return issues
    .flatMap((issue) => sentences(issue, value))
    .map(({ path, message }) => ({ ...placeOf(path, source), key: keyOf(path), message }))
    .sort((a, b) => a.line - b.line || a.column - b.column);
}

function sentences(issue: Issue, value: Json): readonly { path: Path; message: string }[] {
  const path = issue.path.filter((step) => typeof step !== 'symbol');
  if (issue.code === 'custom') return [{ path, message: issue.message }];
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(path).join(', ');
    return (issue.keys ?? []).map((key) => ({
      path: [...path, key],
      message: `expected one of the keys ${known}, got ${quote(key)}`,
    }));
  }
  const best = issue.code === 'invalid_union' ? closest(issue.errors ?? []) : undefined;
  if (best) {
    return best.flatMap((one) => sentences({ ...one, path: [...path, ...one.path] }, value));
  }
  return [{ path, message: `expected ${expectedOf(issue)}, got ${quote(at(value, path))}` }];
}

/** Of a union's arms, the one that was meant: it failed deeper inside than by its type alone. */
function closest(arms: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  return arms.find((arm) =>
    arm.some((issue) => issue.path.length > 0 || issue.code === 'unrecognized_keys'),
  );
}

function expectedOf(issue: Issue): string {
  if (issue.code === 'invalid_type') return article(issue.expected ?? 'another type');
  if (issue.code === 'invalid_value') return (issue.values ?? []).map(quote).join(' or ');
  if (issue.code === 'invalid_union') {
    const arms = (issue.errors ?? []).flatMap((arm) => arm.slice(0, 1));
    return arms.map(expectedOf).join(' or ');
  }
  return issue.message.replace(/^(?:Invalid input|Too (?:small|big)): expected /, '');
}

function article(type: string): string {
  return /^[aeio]/.test(type) ? `an ${type}` : `a ${type}`;
}

const schema = z.toJSONSchema(policySchema, { io: 'input' });

/** The keys that the schema knows at a path. */
function knownKeys(path: Path): readonly string[] {
  let here: readonly unknown[] = [schema];
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

function quote(value: unknown): string {
  if (value === undefined) return 'nothing';
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
