import type { Load } from '#model/load.ts';
import type { Policy } from '#model/policy.ts';
import type { Startable } from '#model/ruling.ts';
import type { Snapshot } from '#model/snapshot.ts';
import { parsePolicy } from '#policy/parse-policy.ts';

/** A policy as a maintainer would write it. */
export const policyText = `version: 1
agent: { use: command, run: node agent.mjs, minutes: 30 }
triggers: [ { label: sallyport, role: write }, { label: urgent, role: maintain } ]
context: { tools: { policy.read: allow, issue.read: { allow: true, calls: 7 } } }
verify: { commands: [ { name: test, run: npm test } ] }
limits: { parallel: 50, parallel_per_person: 50, runs_per_day: 1000, agent_minutes_per_day: 100000 }
`;

export function aPolicy(text = policyText): Policy {
  const parsed = parsePolicy(text);
  if (!parsed.ok) throw new Error('the policy of the tests is not valid');
  return parsed.value;
}

/** Nothing is at work and nothing was today. */
export const idle: Load = {
  repository: { running: 0, today: 0, minutesToday: 0 },
  requester: { running: 0 },
  installation: { running: 0, today: 0 },
};

export const repository = { id: 5, ownerId: 6, owner: 'acme', name: 'shop' };

export function aSnapshot(number: number): Snapshot {
  return {
    schema: 'sallyport/snapshot/v1',
    repository,
    issue: {
      id: 1000 + number,
      number,
      title: 'Fix the total',
      body: 'It is wrong.',
      author: { id: 2, login: 'octo' },
      association: 'NONE',
      labels: ['sallyport'],
    },
    comments: [],
    authorizedAt: '2026-11-22T10:00:00Z',
    authorizedBy: { id: 1, login: 'mona', role: 'write' },
  };
}

/** A ruling that starts the issue with this number, now or later. */
export function aRuling(number: number, changes: Partial<Startable> = {}): Startable {
  const kind = changes.kind ?? 'allowed';
  const outcome = kind === 'held' ? 'wait' : 'pass';
  return {
    kind,
    eventId: `event-${number}`,
    cause: { kind: 'label', label: 'sallyport' },
    decision: {
      verdict: kind === 'held' ? 'hold' : 'allow',
      reasons: [{ rule: 'blockers-done', outcome, sentence: 'waits for #1' }],
    },
    installationId: 3,
    repository,
    issue: { id: 1000 + number, number, title: 'Fix the total' },
    requester: { id: 1, login: 'mona' },
    snapshot: aSnapshot(number),
    policy: aPolicy(),
    policySha256: 'c'.repeat(64),
    organizationPolicySha256: null,
    baseRef: 'refs/heads/main',
    baseSha: 'a'.repeat(40),
    chain: { chainId: null, depth: 1 },
    leftOutCount: 0,
    releases: null,
    ...changes,
  };
}
