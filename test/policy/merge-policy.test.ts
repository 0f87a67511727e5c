import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { OrganizationPolicy } from '#model/organization-policy.ts';
import type { Policy } from '#model/policy.ts';
import { directedKeys } from '#policy/direction.ts';
import { isSame } from '#policy/meet.ts';
import { mergePolicy } from '#policy/merge-policy.ts';
import { parseOrganization } from '#policy/parse-organization.ts';
import { parsePolicy } from '#policy/parse-policy.ts';
import { listPolicyKeys } from '#policy/policy-schema.ts';
import { aPolicy, policyText } from '../dispatch/a-ruling.ts';

const word = fc.constantFrom('a', 'b', 'c', 'd');
const few = <T>(one: fc.Arbitrary<T>) => fc.uniqueArray(one, { maxLength: 4, comparator: isSame });
const number = fc.integer({ min: 1, max: 9 });
const named = fc.uniqueArray(
  fc.record({ name: word, run: fc.constantFrom('x', 'y'), minutes: fc.constant(15) }),
  { maxLength: 3, selector: ({ name }) => name },
);
const tool = fc.oneof(
  fc.constant('allow' as const),
  fc.record({ allow: fc.constant(true as const), calls: number }),
);

const ways = few(
  fc.oneof(
    fc.constant('npm'),
    fc.record(
      { host: word, methods: few(fc.constantFrom('GET', 'POST')), paths: few(word) },
      { requiredKeys: ['host'] },
    ),
  ),
);

/** A value for each key that has a direction, so that a key without one is missed here too. */
const values: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  version: fc.constant(1),
  'agent.use': fc.constantFrom('command', 'claude-code'),
  'agent.run': word,
  'agent.model': word,
  'agent.minutes': number,
  'agent.budget_usd': number,
  'agent.budget_tokens': number,
  'agent.prices': fc.constantFrom({}, { '*': { input: 1, output: 2 } }),
  triggers: fc.uniqueArray(
    fc.record({ label: word, role: fc.constantFrom('write', 'maintain', 'admin') }),
    { minLength: 1, maxLength: 3, selector: ({ label }) => label },
  ),
  'sandbox.setup': word,
  'sandbox.egress': fc.oneof(ways, fc.record({ setup: ways, work: ways })),
  'sandbox.memory_mib': number,
  'sandbox.pids': number,
  'context.tools': fc.dictionary(word, tool, { maxKeys: 3 }),
  'verify.commands': named,
  'verify.screens': named,
  'verify.tests': few(word),
  protect: few(word),
  'review.profile': fc.constantFrom('team', 'solo'),
  'review.opened_by': fc.constantFrom('app', 'requester'),
  'review.approvals': number,
  'chain.depth': number,
  'chain.nodes': number,
  'chain.parallel': number,
  'limits.parallel': number,
  'limits.parallel_per_person': number,
  'limits.runs_per_day': number,
  'limits.agent_minutes_per_day': number,
  'limits.attempts': number,
};
const nameOf = (path: readonly string[]) => path.join('.');
const rows = directedKeys.map((one) => [nameOf(one.path), one.direction.meet] as const);
const arbitraryOf = (name: string) => values[name] ?? fc.constantFrom(1, 2);

/** Lists that are sets are the same in any order. */
function asSet(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  return [...value].map((one) => JSON.stringify(one, Object.keys(one ?? {}).sort())).sort();
}

describe('the direction of a key', () => {
  it('is defined for every key of the schema, and tested', () => {
    const known = new Set(rows.map(([name]) => name));
    const keys = listPolicyKeys().map(({ key }) => key);
    const sections = ['agent', 'sandbox', 'context', 'verify', 'review', 'chain', 'limits'];
    const directed = keys.filter((key) => !/[[*]/.test(key) && !sections.includes(key));

    const isBelow = (key: string) => [...known].some((one) => key.startsWith(`${one}.`));
    expect(directed.filter((key) => !known.has(key) && !isBelow(key))).toEqual([]);
    expect([...known].filter((name) => !(name in values))).toEqual([]);
  });

  it.each(rows)('%s: is idempotent', (name, meet) => {
    fc.assert(
      fc.property(arbitraryOf(name), (a) => {
        expect(asSet(meet(a, a))).toEqual(asSet(a));
      }),
      { numRuns: 50 },
    );
  });

  it.each(rows)('%s: gives nothing that is looser than either value', (name, meet) => {
    fc.assert(
      fc.property(arbitraryOf(name), arbitraryOf(name), (a, b) => {
        const both = meet(a, b);
        if (both === undefined) return;
        expect(asSet(meet(a, both))).toEqual(asSet(both));
        expect(asSet(meet(b, both))).toEqual(asSet(both));
      }),
      { numRuns: 100 },
    );
  });

  // Egress keeps or drops whole entries of the repository, and there are two levels, never three.
  const withThree = rows.filter(([name]) => name !== 'sandbox.egress');
  it.each(withThree)('%s: is associative', (name, meet) => {
    const value = arbitraryOf(name);
    const and = (a: unknown, b: unknown) =>
      a === undefined || b === undefined ? undefined : meet(a, b);
    fc.assert(
      fc.property(value, value, value, (a, b, c) => {
        expect(asSet(and(and(a, b), c))).toEqual(asSet(and(a, and(b, c))));
      }),
      { numRuns: 100 },
    );
  });
});

const organization = (text: string): OrganizationPolicy => {
  const parsed = parseOrganization(`version: 1\n${text}\n`);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.refusal));
  return parsed.value;
};
const under = (text: string, policy: string) =>
  parsePolicy(policy, { from: 'acme/.github', policy: organization(text) });

describe('mergePolicy', () => {
  it('changes nothing when the organization says nothing', () => {
    expect(mergePolicy({ version: 1 }, aPolicy(), () => true)).toEqual({
      ok: true,
      value: aPolicy(),
    });
  });

  it('is idempotent: under the same bounds a merged policy stays as it is', () => {
    const bounds = organization(
      'protect: [ infra/** ]\nreview: { approvals: 2 }\nchain: { depth: 2 }\ntriggers: [ { label: sallyport, role: write }, { label: urgent, role: maintain } ]',
    );
    const once = mergePolicy(bounds, aPolicy(), () => false);
    if (!once.ok) throw new Error('expected a policy');

    expect(once.value).not.toEqual(aPolicy());
    expect(mergePolicy(bounds, once.value, () => true)).toEqual(once);
  });

  it('applies, where the file is silent, what the App itself decides by', () => {
    const merged = under(
      'protect: [ infra/** ]\nreview: { approvals: 2 }\nchain: { nodes: 4 }\ncontext: { tools: { issue.read: { allow: true, calls: 3 } } }',
      policyText.replace(/^context.*\n/m, ''),
    );

    expect(merged).toMatchObject({
      ok: true,
      value: {
        protect: ['infra/**'],
        review: { approvals: 2 },
        chain: { depth: 3, nodes: 4 },
        context: { tools: { 'issue.read': { allow: true, calls: 3 } } },
      },
    });
  });

  it.each<[string, string, Partial<Policy> | object]>([
    ['fewer minutes', 'agent: { minutes: 60 }', { agent: { minutes: 30 } }],
    [
      'a higher role',
      'triggers: [ { label: sallyport, role: write }, { label: urgent, role: write } ]',
      {},
    ],
    ['fewer hosts', 'sandbox: { egress: [ npm ] }', { sandbox: { egress: [] } }],
    ['more commands', 'verify: { commands: [ { name: test, run: npm test } ] }', {}],
  ])('takes a repository that is stricter by %s', (_name, bounds, seen) => {
    expect(under(bounds, policyText)).toMatchObject({ ok: true, value: seen });
  });
});

describe('egress under an organization', () => {
  const bounds =
    'sandbox: { egress: [ { host: api.test, methods: [GET, POST], ports: [443, 8443] }, { host: b.test } ] }';
  const says = (entry: string) => under(bounds, `${policyText}sandbox: { egress: [ ${entry} ] }\n`);

  it.each([
    '{ host: api.test, methods: [GET] }',
    '{ host: api.test, methods: [GET], paths: [/v1/*], ports: [8443] }',
    '{ host: b.test }',
    '{ host: b.test, mode: intercept }',
  ])('takes less of a host: %s', (entry) => {
    expect(says(entry).ok).toBe(true);
  });

  it.each([
    '{ host: api.test }',
    '{ host: api.test, methods: [GET, DELETE] }',
    '{ host: api.test, methods: [GET], ports: [22] }',
    '{ host: api.test, methods: [GET], inject: { header: x-key, from_env: KEY } }',
    '{ host: b.test, ports: [8443] }',
    '{ host: c.test }',
    'npm',
  ])('A5: refuses more of a host, or another: %s', (entry) => {
    expect(says(entry)).toMatchObject({ ok: false, refusal: { reason: 'policy_loosening' } });
  });
});

describe('egress by phase under an organization', () => {
  const bounds = 'sandbox: { egress: { setup: [ npm ], work: [ { host: b.test } ] } }';
  const says = (bound: string, egress: string) =>
    under(bound, `${policyText}sandbox: { egress: ${egress} }\n`);

  it.each([
    [bounds, '{ setup: [ npm ] }'],
    [bounds, '{ setup: [ npm ], work: [ { host: b.test } ] }'],
    [bounds, '[]'],
    ['sandbox: { egress: [ npm ] }', '{ setup: [ npm ], work: [ npm ] }'],
  ])('under %s takes %s', (bound, egress) => {
    expect(says(bound, egress).ok).toBe(true);
  });

  it.each([
    [bounds, '[ npm ]'],
    [bounds, '[ { host: b.test } ]'],
    [bounds, '{ setup: [ npm ], work: [ npm ] }'],
    [bounds, '{ setup: [ { host: b.test } ] }'],
    ['sandbox: { egress: [ npm ] }', '{ setup: [ npm, pypi ] }'],
  ])('A5: under %s refuses %s', (bound, egress) => {
    expect(says(bound, egress)).toMatchObject({
      ok: false,
      refusal: { reason: 'policy_loosening' },
    });
  });
});

describe('A5: a repository that loosens its organization’s policy', () => {
  it.each([
    ['agent.minutes', 'agent: { minutes: 20 }', 2, 'at most this: 20; got 30'],
    ['agent.use', 'agent: { use: claude-code }', 2, 'exactly this: "claude-code"; got "command"'],
    [
      'triggers',
      'triggers: [ { label: sallyport, role: maintain } ]',
      3,
      'some of these, each with this role or a higher one: [{"label":"sallyport","role":"maintain"}]; got [{"label":"sallyport","role":"write"}',
    ],
    [
      'context.tools',
      'context: { tools: { policy.read: allow } }',
      4,
      'some of these, each called at most so often: {"policy.read":"allow"}; got {"policy.read":"allow","issue.read"',
    ],
    [
      'verify.commands',
      'verify: { commands: [ { name: lint, run: npm run lint } ] }',
      5,
      'these and more: [{"name":"lint","run":"npm run lint","minutes":15}]; got [{"name":"test"',
    ],
    [
      'sandbox.memory_mib',
      'sandbox: { memory_mib: 1024 }',
      1,
      'at most this: 1024; got 6144 (the default)',
    ],
    ['sandbox.setup', 'sandbox: { setup: npm ci }', 1, 'exactly this: "npm ci"; got nothing'],
  ])('is refused at %s, with its line and both values', (key, bounds, line, says) => {
    const parsed = under(bounds, policyText);

    expect(parsed).toMatchObject({
      ok: false,
      refusal: { reason: 'policy_loosening', errors: [{ key, line }] },
    });
    expect(parsed.ok ? '' : parsed.refusal.errors[0]?.message).toContain(
      `acme/.github allows ${says}`,
    );
    expect(under('', policyText).ok).toBe(true);
  });

  it('is refused where it writes fewer approvals, and is corrected where it is silent', () => {
    const written = `${policyText}review: { approvals: 1 }\n`;

    expect(under('review: { approvals: 2 }', written)).toMatchObject({
      refusal: {
        errors: [
          {
            key: 'review.approvals',
            line: policyText.split('\n').length,
            message: expect.stringContaining('at least this: 2; got 1'),
          },
        ],
      },
    });
    expect(under('review: { approvals: 2 }', policyText)).toMatchObject({
      value: { review: { approvals: 2 } },
    });
  });
});

describe('parseOrganization', () => {
  it('takes nothing but a version, and adds no default', () => {
    expect(parseOrganization('version: 1\n')).toEqual({ ok: true, value: { version: 1 } });
  });

  it('names every mistake with its line, column, key and the keys there are', () => {
    expect(parseOrganization('version: 1\nagent: { minutes: often }\nlimit: 3\n')).toMatchObject({
      ok: false,
      refusal: {
        errors: [
          { line: 2, column: 10, key: 'agent.minutes', message: 'expected a number, got "often"' },
          {
            line: 3,
            column: 1,
            key: 'limit',
            message: expect.stringMatching(/^expected one of the keys version, agent/),
          },
        ],
      },
    });
  });
});
