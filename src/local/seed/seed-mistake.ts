import type { z } from 'zod';

/** Where in the file something is wrong, and the sentence about it. */
export interface SeedMistake {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

type Issue = z.core.$ZodIssue;

/** `repositories.0.owner: expected …, got …` */
export function renderMistake({ path, message }: SeedMistake): string {
  return `${path.length === 0 ? '(the whole file)' : path.map(String).join('.')}: ${message}`;
}

/** Say the schema's issues in sentences: what was expected, and what was seen. */
export function toSeedMistakes(issues: readonly Issue[], value: unknown): readonly SeedMistake[] {
  return issues.flatMap((issue) => sentencesOf(issue, value));
}

function sentencesOf(issue: Issue, value: unknown): readonly SeedMistake[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      path: [...path, key],
      message: `${issue.message}, got ${show(key)}`,
    }));
  // A key of a record that breaks the rule for keys: what was seen is the key itself.
  if (issue.code === 'invalid_key')
    return [{ path, message: `${expectedOf(issue.issues[0])}, got ${show(path.at(-1))}` }];
  if (issue.code === 'invalid_union') {
    const deeper = issue.errors.find((arm) => arm.some((each) => each.path.length > 0));
    if (deeper)
      return deeper.flatMap((each) =>
        sentencesOf({ ...each, path: [...path, ...each.path] }, value),
      );
    const arms = issue.errors.map((arm) => expectedOf(arm[0]).replace('expected ', ''));
    return [{ path, message: `expected ${arms.join(' or ')}, got ${show(at(value, path))}` }];
  }
  return [{ path, message: `${expectedOf(issue)}, got ${show(at(value, path))}` }];
}

const NAMES: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'keys with values',
  record: 'keys with values',
  string: 'text',
};

function expectedOf(issue: Issue | undefined): string {
  if (issue?.message.startsWith('expected ')) return issue.message;
  if (issue?.code === 'invalid_type') return `expected ${NAMES[issue.expected] ?? issue.expected}`;
  if (issue?.code === 'invalid_value') return `expected ${issue.values.map(show).join(' or ')}`;
  return `expected something else (${issue?.message ?? 'it does not fit'})`;
}

/** What stands there, shortened; nothing is `nothing`. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'symbol') return String(value);
  const whole = JSON.stringify(value);
  return whole.length > 80 ? `${whole.slice(0, 79)}…` : whole;
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let here = value;
  for (const key of path)
    here = typeof here === 'object' && here !== null ? Reflect.get(here, key) : undefined;
  return here;
}
