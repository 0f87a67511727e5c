import type { CommandName } from '#model/command.ts';
import type { Policy, Role } from '#model/policy.ts';
import { hasRole } from '#model/policy.ts';
import type { Cause } from '#model/trigger.ts';
import { findTrigger } from '#model/trigger.ts';

/**
 * The least role that each command needs. To read is free. What holds work back needs triage, which
 * can close the issue and so stop it anyway. What starts work, or lets it start, needs write as the
 * policy's triggers do. To put a finding aside needs maintain. docs/commands.md gives the reasons.
 */
export const leastRoles: Readonly<Record<CommandName, Role>> = {
  why: 'read',
  stop: 'triage',
  hold: 'triage',
  run: 'write',
  plan: 'write',
  retry: 'write',
  resume: 'write',
  approve: 'write',
  waive: 'maintain',
};

/** What lets a run start that somebody else asked for. */
const releasing: readonly CommandName[] = ['resume', 'approve'];

/**
 * The role a command needs on this run. Letting a run start takes no less than asking for it did;
 * `run` and `retry` ask anew, so the live policy is asked for its role then.
 */
export function neededRole(
  name: CommandName,
  run: { readonly policy: Pick<Policy, 'triggers'>; readonly cause: Cause } | undefined,
): Role {
  const least = leastRoles[name];
  if (!run || !releasing.includes(name)) return least;
  const asked = findTrigger(run.policy.triggers, run.cause)?.role ?? least;
  return hasRole(asked, least) ? asked : least;
}
