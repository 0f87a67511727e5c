import { describe, expect, it } from '@jest/globals';
import { listPullRefusals } from '#local/rule/check-pull.ts';
import { ownersOf, parseCodeOwners } from '#local/rule/code-owner.ts';
import type { EffectiveRule } from '#local/rule/effective-rule.ts';
import { isRefMatched } from '#local/rule/match-ref.ts';
import type { PullFacts } from '#local/rule/pull-facts.ts';
import type { PullRequestParameters, RulesetRule } from '#local/rule/rule.ts';
import { plainProtection } from '#local/seed/seed.ts';

const AUTHOR = 1;
const REVIEWER = 2;
const HEAD = 'a'.repeat(40);
const OLD = 'b'.repeat(40);
const facts: PullFacts = {
  headSha: HEAD,
  authorId: AUTHOR,
  lastPusherId: AUTHOR,
  reviews: [],
  ownerGroups: [],
  unresolvedThreadCount: 0,
  behindBy: 0,
  runs: [],
  statuses: [],
};
const approval = { authorId: REVIEWER, state: 'APPROVED', commitId: HEAD, canWrite: true } as const;

function named(rule: RulesetRule, more: Partial<PullFacts>): readonly string[] {
  const source = { kind: 'protection', protection: plainProtection('main') } as const;
  const rules: readonly EffectiveRule[] = [{ source, rule }];
  return listPullRefusals(rules, { ...facts, ...more }).map((refusal) => refusal.name);
}

function reviewRule(more: Partial<PullRequestParameters> = {}): RulesetRule {
  return {
    type: 'pull_request',
    parameters: {
      required_approving_review_count: 1,
      dismiss_stale_reviews_on_push: false,
      require_code_owner_review: false,
      require_last_push_approval: false,
      required_review_thread_resolution: false,
      ...more,
    },
  };
}

describe('listPullRefusals', () => {
  it.each([
    ['an approval by a writer', [approval], []],
    ['no review', [], ['required_approving_review_count']],
    ['a stranger', [{ ...approval, canWrite: false }], ['required_approving_review_count']],
    ['the author', [{ ...approval, authorId: AUTHOR }], ['required_approving_review_count']],
    [
      'a later objection',
      [approval, { ...approval, state: 'CHANGES_REQUESTED' as const }],
      ['required_approving_review_count', 'changes_requested'],
    ],
    [
      'an objection that was dismissed, and the approval before it',
      [approval, { ...approval, state: 'DISMISSED' as const }],
      ['required_approving_review_count'],
    ],
    [
      'an approval after one that was dismissed',
      [{ ...approval, state: 'DISMISSED' as const }, approval],
      [],
    ],
    [
      'a dismissed approval',
      [{ ...approval, state: 'DISMISSED' as const }],
      ['required_approving_review_count'],
    ],
  ])('counts approvals: %s', (_, reviews, expected) => {
    expect(named(reviewRule(), { reviews })).toEqual(expected);
  });

  it('takes an approval of an older commit only where pushes do not dismiss', () => {
    const reviews = [{ ...approval, commitId: OLD }];

    expect(named(reviewRule(), { reviews })).toEqual([]);
    expect(named(reviewRule({ dismiss_stale_reviews_on_push: true }), { reviews })).toEqual([
      'required_approving_review_count',
    ]);
  });

  it('does not take the last pusher for a second pair of eyes', () => {
    const rule = reviewRule({ require_last_push_approval: true });

    expect(named(rule, { reviews: [approval], lastPusherId: REVIEWER })).toEqual([
      'require_last_push_approval',
    ]);
    expect(named(rule, { reviews: [approval] })).toEqual([]);
  });

  it('waits for code owners and for open conversations', () => {
    const rule = reviewRule({
      require_code_owner_review: true,
      required_review_thread_resolution: true,
    });
    const group = { accountIds: [3], names: ['owner'] };
    const open = { reviews: [approval], ownerGroups: [group], unresolvedThreadCount: 1 };
    const byOwner = { reviews: [{ ...approval, authorId: 3 }], ownerGroups: [group] };

    expect(named(rule, open)).toEqual([
      'require_code_owner_review',
      'required_review_thread_resolution',
    ]);
    expect(named(rule, byOwner)).toEqual([]);
  });

  it('takes a pinned check from its App only, and never from a status', () => {
    const rule: RulesetRule = {
      type: 'required_status_checks',
      parameters: {
        strict_required_status_checks_policy: true,
        required_status_checks: [{ context: 'ci', integration_id: 7 }],
      },
    };
    const run = { name: 'ci', status: 'completed', conclusion: 'success' } as const;
    const statuses = [{ context: 'ci', state: 'success' }] as const;

    expect(named(rule, { runs: [{ ...run, appId: 8 }], statuses })).toEqual([
      'required_status_checks',
    ]);
    expect(named(rule, { runs: [{ ...run, appId: 7 }] })).toEqual([]);
    expect(named(rule, { runs: [{ ...run, appId: 7 }], behindBy: 1 })).toEqual([
      'strict_required_status_checks_policy',
    ]);
  });
});

describe('a required check that anybody may report', () => {
  const rule: RulesetRule = {
    type: 'required_status_checks',
    parameters: {
      strict_required_status_checks_policy: false,
      required_status_checks: [{ context: 'ci' }],
    },
  };
  const good = { name: 'ci', appId: 7, status: 'completed', conclusion: 'success' } as const;
  const bad = { ...good, conclusion: 'failure' } as const;
  const green = { context: 'ci', state: 'success' } as const;
  const red = { context: 'ci', state: 'failure' } as const;

  it.each([
    ['a check and a status', [good], [green], []],
    ['a check over a red status', [good], [red], ['required_status_checks']],
    ['a status over a red check', [bad], [green], ['required_status_checks']],
    [
      'another App’s check over a red one',
      [bad, { ...good, appId: 8 }],
      [],
      ['required_status_checks'],
    ],
    ['the same App’s newer check', [bad, good], [], []],
    ['neither', [], [], ['required_status_checks']],
  ])('is judged with %s', (_name, runs, statuses, expected) => {
    expect(named(rule, { runs, statuses })).toEqual(expected);
  });
});

describe('isRefMatched', () => {
  it.each([
    ['~ALL', 'refs/heads/x', true],
    ['~DEFAULT_BRANCH', 'refs/heads/main', true],
    ['~DEFAULT_BRANCH', 'refs/heads/x', false],
    ['refs/heads/release/*', 'refs/heads/release/1', true],
    ['refs/heads/release/*', 'refs/heads/release/1/2', false],
    ['refs/heads/**/*', 'refs/heads/release/1/2', true],
    ['refs/heads/v[0-9]', 'refs/heads/v3', true],
    ['refs/heads/v[!0-9]', 'refs/heads/v3', false],
  ])('%s of %s is %s', (pattern, ref, expected) => {
    expect(isRefMatched(pattern, ref, 'main')).toBe(expected);
  });
});

describe('ownersOf', () => {
  const lines = parseCodeOwners(
    '* @all\n*.js @js # a comment\n/build/ @b\ndocs/* @d\napps/ @a\nfree\n',
  );
  it.each([
    ['x.txt', 'all'],
    ['deep/x.js', 'js'],
    ['build/deep/x', 'b'],
    ['other/build/x', 'all'],
    ['docs/a.md', 'd'],
    ['docs/deep/a.md', 'all'],
    ['deep/apps/x', 'a'],
    ['free', undefined],
  ])('of %s is %s', (path, owner) => {
    expect(ownersOf(lines, path)[0]).toBe(owner);
  });
});
