import type { OrganizationPolicy } from '#model/organization-policy.ts';
import type { Policy } from '#model/policy.ts';
import { directedKeys } from './direction.ts';
import { isSame } from './meet.ts';
import { quoteValue } from './policy-mistake.ts';

/** What differs between two policies, a line a key: `agent.minutes: 30 → 45`. */
export function describeChange(
  before: Policy | OrganizationPolicy | null,
  after: Policy | OrganizationPolicy,
): readonly string[] {
  return directedKeys.flatMap(({ path }) => {
    const [was, is] = [valueAt(before, path), valueAt(after, path)];
    if (isSame(was, is)) return [];
    return [`${path.join('.')}: ${quoteValue(was)} → ${quoteValue(is)}`];
  });
}

function valueAt(policy: object | null, path: readonly string[]): unknown {
  let here: unknown = policy ?? undefined;
  for (const step of path) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = Reflect.get(here, step);
  }
  return here;
}
