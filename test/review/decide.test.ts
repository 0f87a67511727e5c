import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Opinion } from '#review/count-approvals.ts';
import type { GateView } from '#review/gate.ts';
import { combineGates, decideGate, gateKey } from '#review/gate.ts';

const approval: Opinion = {
  login: 'rene',
  state: 'APPROVED',
  counts: true,
  because: 'approved this commit',
};
const green: GateView = {
  pull: 3,
  headSha: 'a'.repeat(40),
  baseSha: 'b'.repeat(40),
  baseRef: 'refs/heads/main',
  runBaseRef: 'refs/heads/main',
  isWhole: true,
  replacedBy: null,
  policySha256: 'c'.repeat(64),
  approvalsNeeded: 1,
  profile: 'team',
  evidence: {
    id: 'ev_1',
    headSha: 'a'.repeat(40),
    baseSha: 'b'.repeat(40),
    policySha256: 'c'.repeat(64),
    result: 'proven',
    waivers: [],
  },
  opinions: [approval],
};
const evidence = green.evidence;
const objection: Opinion = { ...approval, login: 'mara', state: 'CHANGES_REQUESTED' };

const waiver = {
  finding: 'T05',
  reason: 'the assertion moved to another file',
  by: { id: 4, login: 'otto' },
  at: '2026-11-22T10:00:00.000Z',
};

describe('decideGate', () => {
  it('shows what was waived, and a waiver opens no gate', () => {
    const unproven = { ...green.evidence, result: 'unproven', waivers: [waiver] };
    const gate = decideGate({ ...green, evidence: unproven as GateView['evidence'] });
    const open = { ...green.evidence, waivers: [waiver, waiver] } as GateView['evidence'];

    expect(gate.conclusion).toBe('failure');
    expect(gate.title).toMatch(/does not prove the change; 1 finding waived$/);
    expect(gate.reasons).toContainEqual({
      rule: 'waiver',
      outcome: 'pass',
      sentence: 'otto waived T05, which proves nothing: the assertion moved to another file',
    });
    expect(decideGate({ ...green, evidence: open }).title).toBe(
      'Proven and approved; 2 findings waived',
    );
  });

  it('is green for proven evidence and an independent approval of exactly this commit', () => {
    expect(decideGate(green)).toMatchObject({
      conclusion: 'success',
      title: 'Proven and approved',
    });
  });

  it.each<[string, Partial<GateView>, string]>([
    ['there is no evidence', { evidence: null }, 'failure'],
    ['review:this-commit: another attempt took over', { replacedBy: 'run' }, 'failure'],
    [
      'review:this-commit: the head is another than the evidence’s',
      { headSha: 'd'.repeat(40) },
      'failure',
    ],
    ['review:this-commit: the base moved', { baseSha: 'd'.repeat(40) }, 'failure'],
    [
      'review:this-commit: it goes into another branch, though at the same base',
      { baseRef: 'refs/heads/lax' },
      'failure',
    ],
    ['there is more than one query reads', { isWhole: false }, 'failure'],
    ['review:this-commit: the policy changed', { policySha256: 'd'.repeat(64) }, 'failure'],
    ['review:this-commit: the policy is gone', { policySha256: null }, 'failure'],
    [
      'the change is unproven',
      { evidence: evidence && { ...evidence, result: 'unproven' } },
      'failure',
    ],
    ['nobody approved yet', { opinions: [] }, 'action_required'],
    [
      'an approval does not count',
      { opinions: [{ ...approval, counts: false }] },
      'action_required',
    ],
    ['one approval is not enough', { approvalsNeeded: 2 }, 'action_required'],
    ['a writer asked for changes', { opinions: [approval, objection] }, 'failure'],
  ])('is not green when %s', (_name, change, conclusion) => {
    expect(decideGate({ ...green, ...change }).conclusion).toBe(conclusion);
  });

  it('review:this-commit: is green for nothing but the last attempt, this head, base, branch, policy and enough approvals', () => {
    const sha = fc.constantFrom('a', 'b', 'c').map((sign) => sign.repeat(40));
    const ref = fc.constantFrom('refs/heads/main', 'refs/heads/lax');
    const opinion = fc.record({
      login: fc.constantFrom('rene', 'mara'),
      state: fc.constantFrom('APPROVED' as const, 'CHANGES_REQUESTED' as const),
      counts: fc.boolean(),
      because: fc.string(),
    });
    const view = fc.record<GateView>({
      pull: fc.nat(),
      headSha: sha,
      baseSha: sha,
      baseRef: ref,
      runBaseRef: ref,
      isWhole: fc.boolean(),
      replacedBy: fc.option(fc.constant('run')),
      policySha256: fc.option(sha),
      approvalsNeeded: fc.integer({ min: 1, max: 2 }),
      profile: fc.constantFrom('team' as const, 'solo' as const),
      evidence: fc.option(
        fc.record({
          id: fc.string(),
          headSha: sha,
          baseSha: sha,
          policySha256: sha,
          result: fc.constantFrom('proven' as const, 'unproven' as const),
          waivers: fc.array(fc.constant(waiver), { maxLength: 2 }),
        }),
      ),
      opinions: fc.array(opinion, { maxLength: 4 }),
    });
    fc.assert(
      fc.property(view, (seen) => {
        const { evidence: proof, opinions } = seen;
        const counted = opinions.filter((one) => one.counts);
        const isGreen =
          seen.isWhole &&
          seen.replacedBy === null &&
          seen.baseRef === seen.runBaseRef &&
          proof?.result === 'proven' &&
          proof.headSha === seen.headSha &&
          proof.baseSha === seen.baseSha &&
          proof.policySha256 === seen.policySha256 &&
          counted.every((one) => one.state === 'APPROVED') &&
          counted.length >= seen.approvalsNeeded;
        const { conclusion } = decideGate(seen);

        expect(conclusion === 'success').toBe(isGreen);
        expect(['success', 'failure', 'action_required']).toContain(conclusion);
      }),
      { examples: [[green]], numRuns: 500 },
    );
  });

  it('says when one person reviewed their own work', () => {
    expect(decideGate({ ...green, profile: 'solo' }).title).toContain('single-person review');
  });

  it('has another key for every head, base, policy and requirement', () => {
    const keys = [
      green,
      { ...green, headSha: 'd'.repeat(40) },
      { ...green, baseSha: 'd'.repeat(40) },
      { ...green, policySha256: null },
      { ...green, approvalsNeeded: 2 },
      { ...green, profile: 'solo' as const },
    ].map(gateKey);

    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('combineGates', () => {
  it('holds a commit to the strictest of its pull requests', () => {
    const [good, waiting, bad] = [
      decideGate(green),
      decideGate({ ...green, opinions: [] }),
      decideGate({ ...green, evidence: null }),
    ];

    expect(combineGates([good, waiting]).conclusion).toBe('action_required');
    expect(combineGates([good, bad, waiting]).conclusion).toBe('failure');
    expect(combineGates([good]).conclusion).toBe('success');
    expect(combineGates([]).conclusion).toBe('failure');
  });
});
