import { findPrice } from '#model/model-price.ts';
import type { OrganizationPolicy } from '#model/organization-policy.ts';
import type { Policy } from '#model/policy.ts';
import { policySchema } from '#model/policy.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import type { Loosening } from './merge-policy.ts';
import { mergePolicy } from './merge-policy.ts';
import type { PolicyMistake } from './policy-mistake.ts';
import { quoteValue, toMistakes } from './policy-mistake.ts';
import type { PolicyRefusal, ReadFile } from './read-policy-file.ts';
import { mistakesMax, readPolicyFile } from './read-policy-file.ts';

/** An organization's policy with the name of what says it, for the sentences. */
export interface Bound {
  /** `acme/.github`. */
  readonly from: string;
  readonly policy: OrganizationPolicy;
}

/**
 * Read `.github/sallyport.yml`: YAML 1.2, one document, the schema, what holds between keys, and the
 * organization's bounds where there are any; the answer is then the stricter of both.
 *
 * Fails  with every mistake at its line, column and key; it never guesses what was meant.
 */
export function parsePolicy(text: string, bound?: Bound): Result<Policy, PolicyRefusal> {
  const read = readPolicyFile(text);
  if (!read.ok) return read;
  const { value, source } = read.value;
  const parsed = policySchema.safeParse(value);
  if (!parsed.success) {
    return invalid(toMistakes(parsed.error.issues, value, { ...source, schema: policySchema }));
  }
  const between = checkBetweenKeys(parsed.data);
  if (between.length > 0) {
    return invalid(toMistakes(between, value, { ...source, schema: policySchema }));
  }
  return bound ? underBound(parsed.data, read.value, bound) : ok(parsed.data);
}

/** A limit that could not be held is none, and must not look like one. */
function checkBudget({ budget_tokens, budget_usd, model, prices = {}, use }: Policy['agent']) {
  const issue = (key: string, message: string) => ({
    code: 'custom' as const,
    path: ['agent', key],
    message,
  });
  const key = budget_usd === undefined ? 'budget_tokens' : 'budget_usd';
  if (budget_usd === undefined && budget_tokens === undefined) return [];
  if (use === 'command')
    return [issue(key, 'expected an agent whose model is counted, got the command agent')];
  if (budget_usd === undefined) return [];
  if (Object.keys(prices).length === 0)
    return [issue(key, 'expected agent.prices beside it, to count by, got none')];
  const name = model?.replace(/^(?:anthropic|openai|google)\//, '');
  return name === undefined || findPrice(prices, name)
    ? []
    : [issue('prices', `expected a price of ${name}, which agent.model names, got none`)];
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
  issues.push(...checkBudget(policy.agent));
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

function underBound(
  policy: Policy,
  { value, source }: ReadFile,
  { from, policy: organization }: Bound,
): Result<Policy, PolicyRefusal> {
  const merged = mergePolicy(organization, policy, source.hasKey);
  if (merged.ok) return merged;
  const issues = merged.refusal.map((one) => ({
    code: 'custom',
    path: one.path,
    message: sayLoosening(one, from),
  }));
  const errors = toMistakes(issues, value, { ...source, schema: policySchema });
  return refuse({
    reason: 'policy_loosening',
    errors: errors.slice(0, mistakesMax),
    own: policy,
  });
}

/** Key, direction and both values: what a maintainer needs to repair it. */
function sayLoosening({ words, organization, repository, isWritten }: Loosening, from: string) {
  const own = `${quoteValue(repository)}${isWritten || repository === undefined ? '' : ' (the default)'}`;
  return `${from} allows ${words}: ${quoteValue(organization)}; got ${own}`;
}

function invalid(errors: readonly PolicyMistake[]): Result<never, PolicyRefusal> {
  return refuse({ reason: 'policy_invalid', errors: errors.slice(0, mistakesMax) });
}
