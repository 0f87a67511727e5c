// Pure: the stricter of two values of one key. Each is idempotent and associative, and no result is
// looser than either argument (test/policy/merge-policy.test.ts).
import type { Policy } from '#model/policy.ts';
import { hasRole } from '#model/policy.ts';
import type { Trigger } from '#model/trigger.ts';

/** The stricter of two values; undefined when no value satisfies both. */
export type Meet<T> = (organization: T, repository: T) => T | undefined;

export const least: Meet<number> = (a, b) => Math.min(a, b);
export const most: Meet<number> = (a, b) => Math.max(a, b);

/** Only the same value satisfies both. */
export function same<T>(a: T, b: T): T | undefined {
  return isSame(a, b) ? b : undefined;
}

/** What is in either, the repository's first. */
export function inEither<T>(a: readonly T[], b: readonly T[]): T[] {
  return [...b, ...a.filter((one) => !b.some((other) => isSame(one, other)))];
}

/** What has a name in either; one name with two meanings satisfies nobody. */
export function namedInEither<T extends { readonly name: string }>(
  a: readonly T[],
  b: readonly T[],
): T[] | undefined {
  const clash = a.some((one) => b.some((other) => one.name === other.name && !isSame(one, other)));
  return clash ? undefined : inEither(a, b);
}

type Tools = Policy['context']['tools'];

/** The tools that both allow, each as often as the stricter one says. */
export const toolsInBoth: Meet<Tools> = (a, b) =>
  Object.fromEntries(
    Object.entries(b).flatMap(([name, rule]) => {
      const bound = Object.hasOwn(a, name) ? a[name] : undefined;
      return bound === undefined ? [] : [[name, fewerCalls(bound, rule)]];
    }),
  );

function fewerCalls(a: Tools[string], b: Tools[string]): Tools[string] {
  if (a === 'allow') return b;
  if (b === 'allow') return a;
  return a.calls < b.calls ? a : b;
}

/** What starts work for both, with the higher of the two roles; a policy that starts nothing is none. */
export const triggersInBoth: Meet<Trigger[]> = (a, b) => {
  const both = b.flatMap((trigger) => {
    const bound = a.find((other) => startsOnSame(other, trigger));
    if (!bound) return [];
    return [hasRole(trigger.role, bound.role) ? trigger : { ...trigger, role: bound.role }];
  });
  return both.length > 0 ? both : undefined;
};

function startsOnSame(a: Trigger, b: Trigger): boolean {
  return isSame({ ...a, role: null }, { ...b, role: null });
}

type Profile = Policy['review']['profile'];
export const strictProfile: Meet<Profile> = (a, b) => (a === 'team' ? a : b);

type Opener = Policy['review']['opened_by'];
/** Acting as a person takes more than acting as the App. */
export const narrowOpener: Meet<Opener> = (a, b) => (a === 'app' ? a : b);

/** The same value, whatever the order of its keys. */
export function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const keys = Object.keys(a);
  return (
    Array.isArray(a) === Array.isArray(b) &&
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isSame(Reflect.get(a, key), Reflect.get(b, key)))
  );
}
