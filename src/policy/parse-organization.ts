import type { OrganizationPolicy } from '#model/organization-policy.ts';
import { organizationPolicySchema } from '#model/organization-policy.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import { toMistakes } from './policy-mistake.ts';
import type { InvalidPolicy } from './read-policy-file.ts';
import { mistakesMax, readPolicyFile } from './read-policy-file.ts';

/**
 * Read the owner's policy: the same keys, every one of them optional but `version`.
 *
 * Fails  with every mistake at its line, column and key; a broken one binds nobody and starts nothing.
 */
export function parseOrganization(text: string): Result<OrganizationPolicy, InvalidPolicy> {
  const read = readPolicyFile(text);
  if (!read.ok) return read;
  const { value, source } = read.value;
  const parsed = organizationPolicySchema.safeParse(value);
  if (parsed.success) return ok(parsed.data);
  const places = { ...source, schema: organizationPolicySchema };
  const errors = toMistakes(parsed.error.issues, value, places);
  return refuse({ reason: 'policy_invalid', errors: errors.slice(0, mistakesMax) });
}
