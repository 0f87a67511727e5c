import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { leastRoles, neededRole } from '#command/authority.ts';
import { obey } from '#command/command.ts';
import type { CommandDeps, CommandedRun, Order } from '#command/deps.ts';
import { findRemedy } from '#command/explain.ts';
import { obeyLater } from '#command/restrain.ts';
import type { ParsedComment } from '#model/command.ts';
import { parseCommand } from '#model/command.ts';
import type { Role } from '#model/policy.ts';
import { roles } from '#model/policy.ts';
import { aPolicy, aRuling, repository } from '../dispatch/a-ruling.ts';

function orderOf(body: string): Order {
  const parsed = parseCommand(body) as Exclude<ParsedComment, { kind: 'none' }>;
  return {
    eventId: 'e1',
    given: {
      kind: 'command_given',
      repository,
      installationId: 3,
      sender: { id: 2, login: '@team', type: 'User' },
      issue: 4,
      isPull: false,
      comment: { id: 1001, nodeId: 'IC_1' },
      parsed,
      at: '2026-11-22T10:00:00Z',
      textSha256: '0'.repeat(64),
    },
  };
}

const held = {
  ...aRuling(4),
  id: 'r4',
  policy: aPolicy(),
  state: 'held',
  because: 'waits for #1',
  pull: null,
  workflowRunId: null,
  depth: 1,
} as unknown as CommandedRun;

/** What commands can reach, in memory: every effect is written down in its order. */
function surroundings(run: CommandedRun | undefined, role: Role | 'none') {
  const effects: string[] = [];
  const answers: string[] = [];
  const effect = (name: string) => async () => void effects.push(name);
  let isAnswered = false;
  const deps: CommandDeps = {
    receive: async () => {
      if (isAnswered) return 'done';
      effects.push('receive');
      return 'new';
    },
    readRole: async () => role,
    allow: effect('allow'),
    listLater: async () => [],
    findRun: async () => run,
    findRunOfIssue: async () => run,
    askedAt: async () => ({ commentId: 1000 }),
    stands: async () => true,
    isBeyondStop: () => false,
    wish: async () => {
      effects.push('wish');
      return 'no';
    },
    plan: async () => ({ because: 'nothing to plan' }),
    stop: effect('stop'),
    withdraw: async () => true,
    findPause: async () => ({
      scope: { kind: 'run', id: 'r4' },
      because: 'mara said hold',
      by: 'user:mara#1',
      at: '2026-11-22T10:00:00Z',
    }),
    pause: async () => {
      effects.push('pause');
      return true;
    },
    lift: effect('lift'),
    release: async () => null,
    approve: async () => {
      effects.push('approve');
      return { kind: 'released' };
    },
    readEvidence: async () => null,
    giveUp: effect('giveUp'),
    waive: async () => {
      effects.push('waive');
      return { finding: 'T05', reason: '', by: { id: 1, login: '' }, at: '', commentId: 1 };
    },
    findDecided: async () => null,
    readGate: async () => null,
    runUrl: (id) => `https://app.test/runs/${id}`,
    answer: async (_order, _answer, body) => {
      isAnswered = true;
      answers.push(body);
    },
  };
  return { deps, effects, answers };
}

describe('obey', () => {
  it('ledger:first, delivery:any-order: records before it acts, and acts once', async () => {
    const { deps, effects, answers } = surroundings(held, 'triage');
    const order = orderOf('/sallyport stop');

    await obey(order, deps);
    expect(await obey(order, deps)).toBe('it was answered before');
    expect(effects).toEqual(['receive', 'allow', 'stop']);
    expect(answers).toHaveLength(1);
  });

  it.each([
    ['/sallyport resume', 'lift'],
    [
      `/sallyport approve r4 0123456789ab`.replace('r4', '0198f2a4-1111-7222-8333-444455556666'),
      'approve',
    ],
  ])(
    '%s loosens nothing once its comment was edited, and does as it was written',
    async (body, name) => {
      const run = { ...held, id: '0198f2a4-1111-7222-8333-444455556666' };
      const edited = surroundings(run, 'write');
      await obey(orderOf(body), { ...edited.deps, stands: async () => false });
      const plain = surroundings(run, 'write');
      await obey(orderOf(body), plain.deps);

      expect(edited.effects).not.toContain(name);
      expect(edited.answers[0]).toContain('it was edited or deleted');
      expect(plain.effects).toContain(name);
    },
  );

  it.each(['evidence', 'base', 'policy'])(
    'retry does what the gate tells people to do, when only new evidence helps (%s), and else what to do first',
    async (rule) => {
      const run = { ...held, state: 'in_review', pull: 9 } as CommandedRun;
      const inReview = (outcome: 'pass' | 'fail') => {
        const around = surroundings(run, 'write');
        const deps: CommandDeps = {
          ...around.deps,
          isBeyondStop: () => true,
          plan: async () => ({ decision: { verdict: 'allow', reasons: [] }, policy: null }),
          readEvidence: async () => ({
            isOpen: true,
            result: 'proven',
            headSha: 'a',
            liveHeadSha: 'a',
            findings: [],
          }),
          readGate: async () => [
            { rule, outcome, sentence: 'the base moved' },
            { rule: 'approvals', outcome: 'fail', sentence: 'nobody approved' },
          ],
        };
        return { ...around, deps };
      };
      const stale = inReview('fail');
      const proven = inReview('pass');

      await obey(orderOf('/sallyport retry'), stale.deps);
      await obey(orderOf('/sallyport retry'), proven.deps);

      expect(findRemedy({ rule, outcome: 'fail' })).toContain('say retry');
      expect(stale.effects).toEqual(['receive', 'allow', 'giveUp', 'wish']);
      expect(proven.effects).toEqual(['receive', 'allow']);
      expect(proven.answers[0]).toContain('close its pull request first');
    },
  );

  it('resume lifts no pause of an operator', async () => {
    const { deps, effects } = surroundings(held, 'admin');
    const operator = async () => ({
      scope: { kind: 'run', id: 'r4' } as const,
      because: 'maintenance',
      by: 'operator',
      at: '2026-11-22T10:00:00Z',
    });

    await obey(orderOf('/sallyport resume'), { ...deps, findPause: operator });
    expect(effects).not.toContain('lift');
  });

  it('has an effect only for whom the command is, whatever the text, and every refusal is one sentence', async () => {
    const words = ['run', 'plan', 'stop', 'hold', 'resume', 'retry', 'why', 'launch'];
    const body = fc.oneof(
      fc.constantFrom(...words).map((word) => `/sallyport ${word}`),
      fc.string({ unit: 'binary' }).map((text) => `/sallyport ${text}`),
      fc.string({ minLength: 10, maxLength: 80 }).map((text) => `/sallyport waive T05 ${text}`),
    );
    await fc.assert(
      fc.asyncProperty(body, fc.constantFrom('none' as const, ...roles), async (text, role) => {
        const { deps, effects, answers } = surroundings(held, role);
        const order = orderOf(text);
        await obey(order, deps);
        const { parsed } = order.given;
        const isAllowed =
          parsed.kind === 'command' &&
          roles.indexOf(role as Role) >= roles.indexOf(neededRole(parsed.command.name, held));

        expect(effects.includes('allow')).toBe(isAllowed);
        if (!isAllowed) expect(effects).toEqual(['receive']);
        expect(answers).toHaveLength(1);
        expect(answers[0]).toMatch(/^\*\*Sallyport: [A-Z][^*]+\.\*\* \S.*\.$/m);
        expect(answers[0]).not.toMatch(/@team|@[a-z]/);
      }),
      { numRuns: 300 },
    );
  });
});

describe('obeyLater', () => {
  const place = { repositoryId: repository.id, issue: 4 };
  const said = (...names: ('stop' | 'hold' | 'resume')[]) =>
    names.map((name) => ({ name, by: 'user:mara#1', login: 'mara' }));

  it.each([
    ['a stop ends the run', said('hold', 'stop', 'resume'), ['stop']],
    ['a hold holds it', said('resume', 'hold'), ['pause']],
    ['a hold that was taken back holds nothing', said('hold', 'resume'), []],
    ['nothing does nothing', [], []],
  ])('delivery:any-order: %s', async (_, later, expected) => {
    const { deps, effects } = surroundings(held, 'none');
    const asked: unknown[] = [];
    const listLater = async (question: unknown) => {
      asked.push(question);
      return later;
    };

    await obeyLater(place, { ...deps, listLater });
    expect(effects).toEqual(expected);
    // What was said before the run was asked for was about another one.
    expect(asked).toEqual([{ ...place, after: { commentId: 1000 } }]);
  });

  it('leaves alone what is with people, and an issue without a run', async () => {
    for (const run of [held, undefined]) {
      const { deps, effects } = surroundings(run, 'none');
      const listLater = async () => said('stop');
      await obeyLater(place, { ...deps, listLater, isBeyondStop: () => true });
      expect(effects).toEqual([]);
    }
  });
});

describe('neededRole', () => {
  it('asks no less to let a run start than asking for it took, and never less than write', () => {
    const strict = { policy: aPolicy(), cause: { kind: 'label', label: 'urgent' } } as const;

    expect(neededRole('resume', strict)).toBe('maintain');
    expect(neededRole('approve', strict)).toBe('maintain');
    expect(neededRole('stop', strict)).toBe('triage');
    expect(neededRole('resume', undefined)).toBe('write');
    const starting = ['run', 'plan', 'retry', 'resume', 'approve', 'waive'] as const;
    for (const name of starting) {
      expect(roles.indexOf(leastRoles[name])).toBeGreaterThanOrEqual(roles.indexOf('write'));
    }
  });
});
