// Pure: which ways out satisfy an organization and a repository.
import { type Egress, type EgressEntry, egressOf } from '#model/egress-entry.ts';
import type { Meet } from './meet.ts';
import { isSame } from './meet.ts';

/**
 * The repository's entries that an entry of the organization covers, phase by phase and in the
 * repository's order. One list stands for both phases, so it stays one only where both agree.
 */
export const egressInBoth: Meet<Egress> = (organization, repository) => {
  const within = (phase: 'setup' | 'work') => {
    const bounds = egressOf(organization, phase);
    return egressOf(repository, phase).filter((one) => bounds.some((bound) => covers(bound, one)));
  };
  const [setup, work] = [within('setup'), within('work')];
  return Array.isArray(repository) && isSame(setup, work) ? work : { setup, work };
};

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
