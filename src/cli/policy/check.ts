import { visibleText } from '#model/text.ts';
import { parseOrganization } from '#policy/parse-organization.ts';
import type { Bound } from '#policy/parse-policy.ts';
import { parsePolicy } from '#policy/parse-policy.ts';
import type { PolicyMistake } from '#policy/policy-mistake.ts';
import { Exit } from '../exit-code.ts';
import { openOutput } from '../output.ts';
import { readText } from './read-text.ts';

interface Checked {
  /** The file that the mistakes are in. */
  readonly name: string;
  readonly errors: readonly PolicyMistake[];
}

/** `sallyport policy check FILE`: what the App would say about this file, every mistake at its place. */
export async function policyCheck(
  file: string,
  options: { json?: boolean; organization?: string },
): Promise<void> {
  const { name, errors } = await check(file, options.organization);
  openOutput(options.json ?? false).answer(
    { ok: errors.length === 0, errors },
    errors.map(({ line, column, key, message }) =>
      visibleText(`${name}:${line}:${column}: ${key === '' ? '' : `${key}: `}${message}`),
    ),
  );
  if (errors.length > 0) {
    const count = errors.length === 1 ? '1 mistake' : `${errors.length} mistakes`;
    throw new Exit('mistakes', `${name} has ${count}`);
  }
  if (!options.json) openOutput(false).say(`${name} is a valid policy`);
}

async function check(file: string, organization: string | undefined): Promise<Checked> {
  const text = await readText(file, 'a policy file in YAML');
  const name = file === '-' ? 'standard input' : file;
  if (organization === undefined) return { name, errors: mistakesOf(text) };
  const bounds = parseOrganization(await readText(organization, 'an organization policy in YAML'));
  if (!bounds.ok) return { name: organization, errors: bounds.refusal.errors };
  return { name, errors: mistakesOf(text, { from: organization, policy: bounds.value }) };
}

function mistakesOf(text: string, bound?: Bound): readonly PolicyMistake[] {
  const parsed = parsePolicy(text, bound);
  return parsed.ok ? [] : parsed.refusal.errors;
}
