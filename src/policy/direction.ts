import type { Policy } from '#model/policy.ts';
import type { Meet } from './meet.ts';
import {
  inEither,
  least,
  most,
  namedInEither,
  narrowOpener,
  same,
  strictProfile,
  toolsInBoth,
  triggersInBoth,
} from './meet.ts';
import { egressInBoth } from './meet-egress.ts';

/** Which way a key may go below an organization's value. */
export interface Direction<T> {
  /** For people: a repository may say … */
  readonly words: string;
  readonly meet: Meet<T>;
  /**
   * Where a value that the repository does not write comes from. `bound`: the App applies the
   * organization's. `file`: the jobs read the file at the base and nothing else, so it must say it.
   */
  readonly unwritten: 'bound' | 'file';
}

/** A direction for every key, or this does not compile: a key without one could loosen unseen. */
export type Directions = {
  readonly [Key in keyof Policy]-?: Policy[Key] extends readonly unknown[] | string | number
    ? Direction<Policy[Key]>
    : { readonly [Name in keyof Policy[Key]]-?: Direction<Exclude<Policy[Key][Name], undefined>> };
};

const atMost = 'at most this';
const exactly = 'exactly this';

/** Which way each key may go. */
export const directions: Directions = {
  version: { words: exactly, meet: same, unwritten: 'file' },
  agent: {
    use: { words: exactly, meet: same, unwritten: 'file' },
    run: { words: exactly, meet: same, unwritten: 'file' },
    model: { words: exactly, meet: same, unwritten: 'file' },
    minutes: { words: atMost, meet: least, unwritten: 'file' },
    budget_usd: { words: atMost, meet: least, unwritten: 'file' },
    budget_tokens: { words: atMost, meet: least, unwritten: 'file' },
    prices: { words: exactly, meet: same, unwritten: 'file' },
  },
  triggers: {
    words: 'some of these, each with this role or a higher one',
    meet: triggersInBoth,
    unwritten: 'bound',
  },
  sandbox: {
    setup: { words: exactly, meet: same, unwritten: 'file' },
    egress: { words: 'some of these, or less of one', meet: egressInBoth, unwritten: 'file' },
    memory_mib: { words: atMost, meet: least, unwritten: 'file' },
    pids: { words: atMost, meet: least, unwritten: 'file' },
  },
  context: {
    tools: {
      words: 'some of these, each called at most so often',
      meet: toolsInBoth,
      unwritten: 'bound',
    },
  },
  verify: {
    commands: { words: 'these and more', meet: namedInEither, unwritten: 'file' },
    screens: { words: 'these and more', meet: namedInEither, unwritten: 'file' },
    tests: { words: exactly, meet: same, unwritten: 'file' },
  },
  protect: { words: 'these and more; added to its own', meet: inEither, unwritten: 'bound' },
  review: {
    profile: { words: '`team` where this is `team`', meet: strictProfile, unwritten: 'bound' },
    approvals: { words: 'at least this', meet: most, unwritten: 'bound' },
    opened_by: { words: '`app` where this is `app`', meet: narrowOpener, unwritten: 'bound' },
  },
  chain: {
    depth: { words: atMost, meet: least, unwritten: 'bound' },
    nodes: { words: atMost, meet: least, unwritten: 'bound' },
    parallel: { words: atMost, meet: least, unwritten: 'bound' },
  },
  limits: {
    parallel: { words: atMost, meet: least, unwritten: 'bound' },
    parallel_per_person: { words: atMost, meet: least, unwritten: 'bound' },
    runs_per_day: { words: atMost, meet: least, unwritten: 'bound' },
    agent_minutes_per_day: { words: atMost, meet: least, unwritten: 'bound' },
    attempts: { words: atMost, meet: least, unwritten: 'bound' },
  },
};

/** One key and its direction, with the types put aside: values come from parsed policies only. */
export interface DirectedKey {
  /** `agent`, `minutes`. */
  readonly path: readonly [string] | readonly [string, string];
  readonly direction: Direction<unknown>;
}

/** Every key that has a direction. */
export const directedKeys: readonly DirectedKey[] = Object.entries(directions).flatMap(
  ([section, below]): readonly DirectedKey[] =>
    isDirection(below)
      ? [{ path: [section], direction: below }]
      : Object.entries(below).map(([name, direction]) => ({
          path: [section, name],
          direction: direction as Direction<unknown>,
        })),
);

function isDirection(value: object): value is Direction<unknown> {
  return 'meet' in value;
}
