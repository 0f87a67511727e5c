import type { OrganizationPolicy } from '#model/organization-policy.ts';
import type { Policy } from '#model/policy.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import type { DirectedKey } from './direction.ts';
import { directedKeys } from './direction.ts';
import { isSame } from './meet.ts';

/** A key by which a repository would be freer than its organization (attack A5). */
export interface Loosening {
  readonly path: DirectedKey['path'];
  /** Which way the key may go, in words. */
  readonly words: string;
  readonly organization: unknown;
  /** Undefined when the repository has no value and the organization asks for one. */
  readonly repository: unknown;
  /** False when the value is a default that the file does not write. */
  readonly isWritten: boolean;
}

/**
 * A repository's policy under its organization's: the stricter of the two, key by key. A key that
 * would loosen is refused instead of corrected, so that the file never says more than what holds.
 *
 * `isWritten` says whether the repository's file writes a key, or its value is a default.
 */
export function mergePolicy(
  organization: OrganizationPolicy,
  repository: Policy,
  isWritten: (path: DirectedKey['path']) => boolean,
): Result<Policy, readonly Loosening[]> {
  const loosened: Loosening[] = [];
  let merged: Policy = repository;
  for (const { path, direction } of directedKeys) {
    const bound = valueAt(organization, path);
    if (bound === undefined) continue;
    const own = valueAt(repository, path);
    const stricter = own === undefined ? undefined : direction.meet(bound, own);
    if (stricter !== undefined && isSame(stricter, own)) continue;
    const written = isWritten(path);
    if (stricter !== undefined && direction.unwritten === 'bound' && (!written || adds(path))) {
      merged = withValue(merged, path, stricter);
    } else {
      const { words } = direction;
      loosened.push({ path, words, organization: bound, repository: own, isWritten: written });
    }
  }
  return loosened.length === 0 ? ok(merged) : refuse(loosened);
}

/** A list of what is forbidden grows by whatever the organization forbids; nothing is loosened. */
function adds(path: DirectedKey['path']): boolean {
  return path[0] === 'protect';
}

function valueAt(policy: object, [section, name]: DirectedKey['path']): unknown {
  const value: unknown = Reflect.get(policy, section);
  if (name === undefined || value === undefined || value === null) return value;
  return Reflect.get(value, name);
}

function withValue<T extends object>(
  policy: T,
  [section, name]: DirectedKey['path'],
  value: unknown,
): T {
  if (name === undefined) return { ...policy, [section]: value };
  const below: unknown = Reflect.get(policy, section);
  return { ...policy, [section]: { ...(below ?? {}), [name]: value } };
}
