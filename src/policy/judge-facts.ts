import type { Decision } from '#model/decision.ts';
import { decide } from '#model/decision.ts';
import type { Facts, Rule } from './facts.ts';
import { attemptBounds } from './rule/attempt-bounds.ts';
import { blockersDone } from './rule/blockers-done.ts';
import { causeStands } from './rule/cause-stands.ts';
import { chainBounds } from './rule/chain-bounds.ts';
import { inReach } from './rule/in-reach.ts';
import { issueOpen } from './rule/issue-open.ts';
import { notPaused } from './rule/not-paused.ts';
import { oneOpenRun } from './rule/one-open-run.ts';
import { organizationPolicy } from './rule/organization-policy.ts';
import { policyValid } from './rule/policy-valid.ts';
import { requesterRole } from './rule/requester-role.ts';
import { reviewerRole } from './rule/reviewer-role.ts';
import { senderIsPerson } from './rule/sender-is-person.ts';
import { textAsAuthorized } from './rule/text-as-authorized.ts';
import { triggerListed } from './rule/trigger-listed.ts';
import { withinLimits } from './rule/within-limits.ts';

/** The rules, in the order a person would ask them. */
export const rules: readonly Rule[] = [
  inReach,
  organizationPolicy,
  policyValid,
  triggerListed,
  causeStands,
  senderIsPerson,
  requesterRole,
  reviewerRole,
  issueOpen,
  textAsAuthorized,
  oneOpenRun,
  attemptBounds,
  notPaused,
  blockersDone,
  chainBounds,
  withinLimits,
];

/** Ask every rule. Out of reach nothing else is known, so nothing else is asked. */
export function judgeFacts(facts: Facts): Decision {
  const reach = inReach.ask(facts);
  if (reach.outcome !== 'pass') return decide([reach]);
  return decide(rules.map((rule) => rule.ask(facts)));
}
