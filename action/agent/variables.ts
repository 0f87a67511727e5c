import { injectedBy, isVariableName } from '#model/egress-entry.ts';
import type { Policy } from '#model/policy.ts';
import { ok, type Result, refuse } from '#model/result.ts';

/** So many are looked at; a policy has at most 200 entries. */
const linesMax = 400;

/**
 * What the gate injects: `NAME=value`, one a line, as the caller's workflow wrote its secrets down.
 * Empty lines and those that begin with `#` say nothing. No refusal repeats a value.
 */
export function parseVariables(text: string): Result<ReadonlyMap<string, string>, string> {
  const variables = new Map<string, string>();
  for (const [index, raw] of text.split('\n').slice(0, linesMax).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const at = line.indexOf('=');
    const name = at < 0 ? '' : line.slice(0, at).trim();
    if (!isVariableName(name))
      return refuse(
        `"variables" must be lines NAME=value with names that a policy may inject, and line ${index + 1} is not`,
      );
    if (variables.has(name)) return refuse(`"variables" says ${name} twice`);
    variables.set(name, line.slice(at + 1).trim());
  }
  return ok(variables);
}

/** What a person should know: names that the policy injects and nobody gave, and the reverse. */
export function describeVariables(
  { sandbox }: Policy,
  variable: (name: string) => string | null,
  given: readonly string[],
): readonly string[] {
  const wanted = injectedBy(sandbox.egress);
  return [
    ...wanted
      .filter((name) => variable(name) === null)
      .map(
        (name) =>
          `The policy injects ${name}, and this job was given none: its entries let nothing pass`,
      ),
    ...given
      .filter((name) => !wanted.includes(name))
      .map((name) => `${name} was given, and the policy injects it nowhere: it is not used`),
  ];
}
