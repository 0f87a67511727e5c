import { organizationPaths, organizationRepository } from '#model/organization-file.ts';
import type { Facts, Rule } from '../facts.ts';
import { describeMistake } from '../policy-mistake.ts';
import { fail, pass } from '../reason.ts';

const rule = 'organization-policy';
const [path] = organizationPaths;

/**
 * What the owner asks of every repository must be known before any of them starts work. Where none
 * was ever seen and none is required, there is nothing to know.
 */
export const organizationPolicy: Rule = {
  name: rule,
  changedBy: ['base_moved'],
  ask: (facts) => {
    const { view, organization, repository } = facts;
    const from = `${repository.owner}/${organizationRepository}`;
    if (!view) return fail(rule, `expected to see whether ${from} holds a policy, got no answer`);
    const file = view.organization;
    switch (file.kind) {
      case 'absent':
      case 'hidden':
        return askMissing(facts, file.kind, from);
      case 'unreadable':
        return fail(rule, `expected ${file.path} in ${from} to be a text file, got something else`);
      case 'found': {
        const at = `${file.path} in ${from} at ${file.sha.slice(0, 7)}`;
        if (organization.policy?.ok) return pass(rule, `${at} applies`);
        const errors = organization.policy?.refusal.errors ?? [];
        return fail(
          rule,
          `expected ${at} to be a valid policy, got ${errors.length} ${errors.length === 1 ? 'mistake' : 'mistakes'}`,
          errors.map((error) => fail('policy-mistake', describeMistake(error))),
        );
      }
    }
  },
};

function askMissing({ organization }: Facts, kind: 'absent' | 'hidden', from: string) {
  if (organization.isRequired) {
    return fail(
      rule,
      `expected ${path} in ${from}, because this App requires one, got ${kind === 'absent' ? 'none: add it' : `nothing it may read: add it, and install the App on ${from}`}`,
    );
  }
  if (kind === 'hidden' && organization.knownAt !== null) {
    return fail(
      rule,
      `expected to read ${path} in ${from}, which was there at ${organization.knownAt}, got nothing: install the App on ${from}, or remove the file where the App sees it`,
    );
  }
  return pass(rule, 'no organization policy applies');
}
