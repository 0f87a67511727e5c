import { LineCounter, parseDocument } from 'yaml';
import type { Json } from '#model/json.ts';
import type { Policy } from '#model/policy.ts';
import { policySchema } from '#model/policy.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import type { PolicyMistake } from './policy-mistake.ts';
import { toMistakes } from './policy-mistake.ts';

/** Why a policy file is not one: every mistake, in the order of the file. */
export interface PolicyRefusal {
  readonly reason: 'policy_invalid';
  readonly errors: readonly PolicyMistake[];
}

/** A policy is one screen of text; a longer one is not read, whatever it says. */
export const policyBytesMax = 64 * 1024;
/** Aliases multiply what a few bytes make the parser build (“billion laughs”). */
const aliasesMax = 20;
/** A person repairs a handful at a time, and the list ends up in a comment. */
const mistakesMax = 20;

/**
 * Read `.github/sallyport.yml`: YAML 1.2, one document, the schema, and what holds between keys.
 *
 * Fails  with every mistake at its line, column and key; it never guesses what was meant.
 */
export function parsePolicy(text: string): Result<Policy, PolicyRefusal> {
  if (Buffer.byteLength(text) > policyBytesMax) {
    return invalid([
      atStart(
        `expected at most ${policyBytesMax} bytes, got ${Buffer.byteLength(text)}: shorten the file`,
      ),
    ]);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    uniqueKeys: true,
    prettyErrors: false,
  });
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0) {
    return invalid(
      broken.map((error) => {
        const { line, col } = lines.linePos(error.pos[0]);
        return { line, column: col, key: '', message: firstLine(error.message) };
      }),
    );
  }
  let value: Json;
  try {
    value = document.toJS({ maxAliasCount: aliasesMax }) as Json;
  } catch {
    return invalid([atStart(`expected at most ${aliasesMax} uses of aliases: write values out`)]);
  }
  const parsed = policySchema.safeParse(value);
  if (!parsed.success) {
    return invalid(toMistakes(parsed.error.issues, value, { document, lines }));
  }
  const between = checkBetweenKeys(parsed.data);
  if (between.length === 0) return ok(parsed.data);
  return invalid(toMistakes(between, value, { document, lines }));
}

/** What no single key can say. */
function checkBetweenKeys(policy: Policy) {
  const issues: { code: 'custom'; path: (string | number)[]; message: string }[] = [];
  if (policy.agent.use === 'command' && policy.agent.run === undefined) {
    issues.push({
      code: 'custom',
      path: ['agent', 'run'],
      message: 'the command agent needs agent.run: the command line to start, got none',
    });
  }
  for (const [list, names] of [
    ['commands', policy.verify.commands.map((one) => one.name)],
    ['screens', policy.verify.screens.map((one) => one.name)],
  ] as const) {
    const twice = names.findIndex((name, index) => names.indexOf(name) !== index);
    if (twice < 0) continue;
    issues.push({
      code: 'custom',
      path: ['verify', list, twice, 'name'],
      message: `expected a name of its own, got "${names[twice]}" a second time`,
    });
  }
  return issues;
}

function invalid(errors: readonly PolicyMistake[]) {
  return refuse({ reason: 'policy_invalid', errors: errors.slice(0, mistakesMax) } as const);
}

function atStart(message: string): PolicyMistake {
  return { line: 1, column: 1, key: '', message };
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text;
}
