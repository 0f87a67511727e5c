import { describe, expect, it } from '@jest/globals';
import type { Role } from '#model/policy.ts';
import type { Review, ReviewFacts } from '#review/count-approvals.ts';
import { countApprovals } from '#review/count-approvals.ts';

const head = 'a'.repeat(40);
const other = 'b'.repeat(40);
const mara = { id: 1, login: 'mara', isPerson: true };
const rene = { id: 2, login: 'rene', isPerson: true };
const robot = { id: 9, login: 'sallyport[bot]', isPerson: false };

const facts: ReviewFacts = {
  headSha: head,
  requesterId: mara.id,
  pusherIds: [],
  appBotId: robot.id,
  roles: new Map<number, Role>([
    [mara.id, 'maintain'],
    [rene.id, 'write'],
  ]),
  requesterCounts: false,
};
const review = (
  author: Review['author'],
  state: Review['state'] = 'APPROVED',
  commitId: string | null = head,
): Review => ({ author, state, commitId });
const said = (reviews: readonly Review[], more: Partial<ReviewFacts> = {}) =>
  countApprovals(reviews, { ...facts, ...more }).map((one) => [one.login, one.state, one.counts]);

describe('countApprovals', () => {
  it('counts an independent writer who approved exactly this commit', () => {
    expect(said([review(rene)])).toEqual([['rene', 'APPROVED', true]]);
  });

  it.each([
    [
      'review:this-commit: of another commit, though it came later',
      [review(rene, 'APPROVED', other)],
      {},
    ],
    ['review:this-commit: of no commit at all', [review(rene, 'APPROVED', null)], {}],
    ['review:no-self: by whoever asked for the work', [review(mara)], {}],
    [
      'review:no-self: by whoever pushed to the pull request',
      [review(rene)],
      { pusherIds: [rene.id] },
    ],
    ['review:no-self: by the App itself', [review(robot)], {}],
    [
      'by somebody without the role write now',
      [review(rene)],
      { roles: new Map<number, Role>([[rene.id, 'triage']]) },
    ],
    ['by somebody without any role', [review(rene)], { roles: new Map() }],
  ])('does not count an approval %s', (_name, reviews, more) => {
    expect(said(reviews as Review[], more).map(([, , counts]) => counts)).toEqual([false]);
  });

  it('takes each person’s newest opinion, and leaves it when they only comment', () => {
    const changed = [review(rene), review(rene, 'CHANGES_REQUESTED'), review(rene, 'COMMENTED')];

    expect(said(changed)).toEqual([['rene', 'CHANGES_REQUESTED', true]]);
    expect(said([review(rene), review(rene, 'DISMISSED')])).toEqual([]);
  });

  it('counts an objection of a writer whatever commit it was about', () => {
    expect(said([review(rene, 'CHANGES_REQUESTED', other)])).toEqual([
      ['rene', 'CHANGES_REQUESTED', true],
    ]);
  });

  it('counts the requester in a one-person repository, where policy says so', () => {
    expect(said([review(mara)], { requesterCounts: true })).toEqual([['mara', 'APPROVED', true]]);
  });

  it('ignores a deleted account', () => {
    expect(said([review(null)])).toEqual([]);
  });
});
