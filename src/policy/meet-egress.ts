// Pure: which ways out satisfy an organization and a repository.
import type { EgressEntry } from '#model/policy.ts';
import type { Meet } from './meet.ts';
import { isSame } from './meet.ts';

/** The repository's entries that an entry of the organization covers, in the repository's order. */
export const egressInBoth: Meet<EgressEntry[]> = (organization, repository) =>
  repository.filter((one) => organization.some((bound) => covers(bound, one)));

/**
 * True when nothing passes by `one` that does not pass by `bound`. Reading instead of a tunnel is
 * stricter; a credential that the organization does not give is more.
 */
function covers(bound: EgressEntry, one: EgressEntry): boolean {
  if (typeof bound === 'string' || typeof one === 'string') return bound === one;
  return (
    bound.host === one.host &&
    isWithin(one.ports ?? [443], bound.ports ?? [443]) &&
    isWithin(one.methods, bound.methods) &&
    isWithin(one.paths, bound.paths) &&
    (one.inject === undefined || isSame(one.inject, bound.inject)) &&
    (isRead(one) || !isRead(bound))
  );
}

/** What is not said is everything. */
function isWithin<T>(some: readonly T[] | undefined, all: readonly T[] | undefined): boolean {
  return all === undefined || (some?.every((one) => all.includes(one)) ?? false);
}

function isRead({ mode, methods, paths, inject }: Exclude<EgressEntry, string>): boolean {
  return mode === 'intercept' || Boolean(methods || paths || inject);
}
