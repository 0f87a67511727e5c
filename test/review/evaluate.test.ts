import { describe, expect, it } from '@jest/globals';
import type { Gate } from '#review/gate.ts';
import type { PullView, ReviewDeps, ReviewedRun } from '#review/review.ts';
import { evaluate, fingerprint } from '#review/review.ts';

const head = 'a'.repeat(40);
const base = 'b'.repeat(40);
const policySha256 = 'c'.repeat(64);
const run = {
  id: 'r1',
  repository: { id: 7, ownerId: 1, owner: 'acme', name: 'shop' },
  requester: { id: 1, login: 'mara' },
  baseRef: 'refs/heads/main',
  headSha: head,
  pull: 3,
  policy: { review: { profile: 'team', approvals: 1 } },
  cause: { kind: 'label', label: 'sallyport' },
} as ReviewedRun;
const approved: PullView = {
  pull: 3,
  state: 'open',
  headSha: head,
  baseRef: 'refs/heads/main',
  baseSha: base,
  policySha256,
  reviews: [
    { state: 'APPROVED', author: { id: 2, login: 'rene', isPerson: true }, commitId: head },
  ],
  pushers: [],
  alsoHeadOf: [3],
  isWhole: true,
};

/** The App’s surroundings: `views` are what one read after the other shows. */
function surroundings(views: readonly PullView[], more: Partial<ReviewDeps> = {}) {
  const written: Gate[] = [];
  let reads = 0;
  const deps: ReviewDeps = {
    botUserId: 9,
    findRunOfPull: async () => run,
    listInReview: async () => [run],
    readPull: async (_run, pull) => {
      const view = views[Math.min(reads, views.length - 1)] ?? approved;
      reads += 1;
      return { ...view, pull };
    },
    readRole: async () => 'write',
    findEvidence: async () => ({
      id: 'ev_1',
      headSha: head,
      baseSha: base,
      policySha256,
      result: 'proven',
      waivers: [],
    }),
    findGate: async () => (written.length > 0 ? fingerprint(written.at(-1) as Gate) : null),
    writeGate: async (_run, _head, gate) => void written.push(gate),
    ...more,
  };
  return { deps, written };
}

describe('evaluate', () => {
  it('writes the gate once, however often the same is delivered', async () => {
    const { deps, written } = surroundings([approved]);

    for (let delivery = 0; delivery < 3; delivery += 1) await evaluate(7, 3, deps);

    expect(written.map((gate) => gate.conclusion)).toEqual(['success']);
  });

  // Whose name a pull request and its commits carry is a setting of GitHub; who asked is in the run.
  it.each<[string, PullView['pushers']]>([
    ['under the App’s name', []],
    ['under the requester’s own name', [run.requester]],
  ])(
    'review:no-self: waits for somebody else when the requester approves a change %s',
    async (_name, pushers) => {
      const by = ({ id, login }: typeof run.requester) =>
        ({ state: 'APPROVED', author: { id, login, isPerson: true }, commitId: head }) as const;
      const own = { ...approved, pushers, reviews: [by(run.requester)] };
      const both = { ...own, reviews: [by(run.requester), by({ id: 2, login: 'rene' })] };
      const alone = surroundings([own]);
      const joined = surroundings([both]);

      await evaluate(7, 3, alone.deps);
      await evaluate(7, 3, joined.deps);

      expect(alone.written.map(({ conclusion }) => conclusion)).toEqual(['action_required']);
      expect(joined.written.map(({ conclusion }) => conclusion)).toEqual(['success']);
    },
  );

  it('review:this-commit: turns back when an approval is dismissed while the gate is written', async () => {
    const { deps, written } = surroundings([approved, { ...approved, reviews: [] }]);

    await evaluate(7, 3, deps);

    expect(written.map((gate) => gate.conclusion)).toEqual(['success', 'action_required']);
  });

  it('review:this-commit: asks every open pull request that has this head', async () => {
    const views = [
      { ...approved, alsoHeadOf: [3, 4] },
      { ...approved, reviews: [] },
    ];
    const { deps, written } = surroundings(views);

    await evaluate(7, 3, deps);

    expect(written.map((gate) => gate.conclusion)).toEqual(['action_required']);
  });

  it('review:this-commit: turns back when a stranger opens a second pull request on this head', async () => {
    const strangers = { ...approved, baseRef: 'refs/heads/lax', alsoHeadOf: [] };
    const { deps, written } = surroundings([], {
      findRunOfPull: async (_repository, pull) => (pull === 3 ? run : undefined),
      readPull: async (_run, pull) => ({ ...(pull === 3 ? approved : strangers), pull }),
    });

    await evaluate(7, 3, deps);
    await evaluate(7, 4, deps);

    expect(written.map((gate) => gate.conclusion)).toEqual(['success', 'failure']);
  });

  it('leaves the gate that a pull request was merged through as it was', async () => {
    const { deps, written } = surroundings([approved, { ...approved, state: 'closed' }]);

    await evaluate(7, 3, deps);

    expect(written.map((gate) => gate.conclusion)).toEqual(['success']);
  });

  it('review:no-self: stays shut for the requester, the App, other bots and whoever pushed', async () => {
    const people = [
      { id: 1, login: 'mara', isPerson: true },
      { id: 4, login: 'pushed', isPerson: true },
      { id: 9, login: 'sallyport[bot]', isPerson: false },
      { id: 10, login: 'other[bot]', isPerson: false },
    ];
    const reviews = people.map((author) => ({
      state: 'APPROVED' as const,
      author,
      commitId: head,
    }));
    const { deps, written } = surroundings([
      { ...approved, reviews, pushers: [{ id: 4, login: 'pushed' }] },
    ]);

    await evaluate(7, 3, deps);

    expect(written.map((gate) => gate.title)).toEqual([
      '0 of 1 independent approvals of this commit',
    ]);
  });

  it('stop:closed: says nothing green when what it asks cannot be reached', async () => {
    const down = async () => {
      throw new Error('unreachable');
    };
    for (const part of ['readPull', 'readRole', 'findEvidence', 'findRunOfPull'] as const) {
      const { deps, written } = surroundings([approved], { [part]: down });

      await expect(evaluate(7, 3, deps)).rejects.toThrow('unreachable');
      expect(written).toEqual([]);
    }
  });

  it('never concludes neutral or skipped, whatever it sees', async () => {
    const { deps, written } = surroundings([approved], { findEvidence: async () => null });

    await evaluate(7, 3, deps);

    expect(written.map((gate) => gate.conclusion)).toEqual(['failure']);
  });

  it('leaves a pull request alone that is not ours, or is closed', async () => {
    const foreign = surroundings([{ ...approved, headSha: 'f'.repeat(40) }], {
      findRunOfPull: async () => undefined,
    });
    const closed = surroundings([{ ...approved, state: 'closed' }]);

    expect([await evaluate(7, 3, foreign.deps), await evaluate(7, 3, closed.deps)]).toEqual([
      null,
      null,
    ]);
    expect([...foreign.written, ...closed.written]).toEqual([]);
  });
});
