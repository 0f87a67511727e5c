import type { Document, YAMLError } from 'yaml';
import { LineCounter, parseDocument } from 'yaml';
import type { Json } from '#model/json.ts';
import type { Policy } from '#model/policy.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import { capText, visibleText } from '#model/text.ts';
import { checkSize } from './check-size.ts';
import { aliasesMax, checkYaml } from './check-yaml.ts';
import type { PolicyMistake } from './policy-mistake.ts';

/** Why a policy file is not one: every mistake, in the order of the file. */
export type PolicyRefusal =
  | InvalidPolicy
  | {
      /** It would be freer than its organization allows (attack A5). */
      readonly reason: 'policy_loosening';
      readonly errors: readonly PolicyMistake[];
      /** What the file says by itself: nothing is done by it, but what it starts on is known. */
      readonly own: Policy;
    };

/** A file that is no policy. */
export interface InvalidPolicy {
  readonly reason: 'policy_invalid';
  readonly errors: readonly PolicyMistake[];
}

/** A file's value, and what finds a key's place in it again. */
export interface ReadFile {
  readonly value: Json;
  readonly source: {
    readonly document: Document;
    readonly lines: LineCounter;
    /** Whether the file itself writes a key. */
    readonly hasKey: (path: readonly string[]) => boolean;
  };
}

/** A policy is one screen of text; a longer one is not read, whatever it says. */
export const policyBytesMax = 64 * 1024;
/** A person repairs a handful at a time, and the list ends up in a comment. */
export const mistakesMax = 20;
/** The parser quotes what it could not read, and that may be the whole file. */
const messageMax = 200;

/** Read YAML 1.2, one document, with limits on what it may grow to. */
export function readPolicyFile(text: string): Result<ReadFile, InvalidPolicy> {
  if (Buffer.byteLength(text) > policyBytesMax) {
    return atStart(
      `expected at most ${policyBytesMax} bytes, got ${Buffer.byteLength(text)}: shorten the file`,
    );
  }
  const oversized = checkSize(text);
  if (oversized) return invalid([oversized]);
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    // Looked at here, in a walk of its own: the parser compares each key with every other one.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'error',
  });
  const broken = [...document.errors, ...document.warnings].slice(0, mistakesMax).map((error) => {
    const { line, col } = lines.linePos(error.pos[0]);
    return { line, column: col, key: '', message: sayBroken(error) };
  });
  if (broken.length > 0) return invalid(broken);
  const odd = checkYaml(document, text, lines);
  if (odd.length > 0) return invalid(odd);
  try {
    const value = document.toJS({ maxAliasCount: aliasesMax }) as Json;
    return ok({ value, source: { document, lines, hasKey: (path) => has(value, path) } });
  } catch {
    return atStart(`expected at most ${aliasesMax} uses of aliases: write values out`);
  }
}

/** In the value and not in the document, where an alias would hide what it stands for. */
function has(value: unknown, path: readonly string[]): boolean {
  let here = value;
  for (const step of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return false;
    here = Reflect.get(here, step);
  }
  return true;
}

function atStart(message: string) {
  return invalid([{ line: 1, column: 1, key: '', message }]);
}

function invalid(errors: readonly PolicyMistake[]): Result<never, InvalidPolicy> {
  return refuse({ reason: 'policy_invalid', errors: errors.slice(0, mistakesMax) });
}

/** The parser's sentence, where it is one for people. */
function sayBroken({ code, message }: YAMLError): string {
  if (code === 'MULTIPLE_DOCS') return 'expected one document, got a second one from here on';
  return capText(visibleText(message.split('\n', 1)[0] ?? message), messageMax);
}
