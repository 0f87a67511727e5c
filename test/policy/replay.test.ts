import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { Entry } from '#model/entry.ts';
import { genesis } from '#model/entry.ts';
import { buildRuling } from '#policy/build-ruling.ts';
import { describeRuling } from '#policy/describe-ruling.ts';
import type { Facts } from '#policy/facts.ts';
import { judgeFacts, rules } from '#policy/judge-facts.ts';
import { parsePolicy } from '#policy/parse-policy.ts';
import { replayDecision } from '#policy/replay.ts';
import { aPolicy, aSnapshot, policyText, repository } from '../dispatch/a-ruling.ts';
import { facts } from './some-facts.ts';

/** A decision as the ledger holds it. */
function record(changes: Partial<Facts> = {}): Entry {
  const all = { ...facts, ...changes };
  const ruling = buildRuling({
    address: { installationId: 3, repository, issue: 4 },
    eventId: 'e1',
    facts: all,
    snapshot: aSnapshot(4),
    decision: judgeFacts(all),
    releases: null,
  });
  const draft = describeRuling(ruling, all);
  const kept = JSON.parse(JSON.stringify(draft.facts));
  return { ...draft, facts: kept, seq: 7, at: 'then', previous: genesis, hash: genesis };
}

const changed = (from: string, to: string) => aPolicy(policyText.replace(from, to));

describe('replayDecision', () => {
  it('decides as it was decided, under the policy that it was decided by', () => {
    for (const changes of [{}, { role: 'triage' }, { causeStands: false }] as const) {
      const replayed = replayDecision(record(changes), aPolicy());

      expect(replayed).toMatchObject({ seq: 7, issue: 4, eventId: 'e1' });
      expect(replayed?.would).toBe(replayed?.was);
    }
  });

  it.each<[string, Partial<Facts>, [string, string], string, RegExp]>([
    ['a higher role', {}, ['sallyport, role: write', 'sallyport, role: admin'], 'deny', /admin/],
    ['another label', {}, ['label: sallyport', 'label: other'], 'ignored', /starts nothing/],
    [
      'fewer runs in a chain',
      { chain: { chainId: 'c', depth: 1, nodes: 2, running: [] } },
      ['version: 1', 'version: 1\nchain: { nodes: 2 }'],
      'deny',
      /at most 2 runs in the chain/,
    ],
  ])('tells what %s would have changed', (_name, was, [from, to], would, because) => {
    const replayed = replayDecision(record(was), changed(from, to));

    expect(replayed).toMatchObject({ was: 'allow', would });
    expect(replayed?.because.join()).toMatch(because);
  });

  it('keeps what does not depend on the policy, and what an older record does not tell', () => {
    const denied = replayDecision(
      record({ causeStands: false }),
      changed('role: write', 'role: admin'),
    );
    const { chain, load, ...older } = record().facts as Record<string, never>;
    const strict = changed('version: 1', 'version: 1\nchain: { nodes: 1 }');

    expect(denied).toMatchObject({ was: 'deny', would: 'deny' });
    expect(replayDecision({ ...record(), facts: older }, strict)).toMatchObject({ would: 'allow' });
  });

  it('asks again every rule that looks at the policy', () => {
    const folder = new URL('../../src/policy/rule/', import.meta.url);
    const looking = readdirSync(folder).filter((file) =>
      /ask: \(\{[^}]*\bpolicy\b/.test(readFileSync(new URL(file, folder), 'utf8')),
    );
    const declared = rules.filter((rule) => rule.readsPolicy).map(({ name }) => `${name}.ts`);

    expect(declared.sort()).toEqual(looking.sort());
    expect(parsePolicy(policyText).ok).toBe(true);
  });
});
