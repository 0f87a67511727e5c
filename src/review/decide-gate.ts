// Pure: evidence and reviews to one conclusion. `neutral` and `skipped` cannot be said here:
// GitHub takes both for success.
import type { Reason } from '#model/decision.ts';
import { sha256OfJson } from '#model/digest.ts';
import type { Opinions } from './count-approvals.ts';

/** What a policy asks of reviewers. */
export interface Requirement {
  readonly profile: 'team' | 'solo';
  readonly approvals: number;
}

/** Evidence that the App accepted. */
export interface AcceptedEvidence {
  readonly headSha: string;
  readonly baseSha: string;
  readonly baseRef: string;
  readonly policySha256: string;
  readonly result: 'proven' | 'unproven';
}

/** One open pull request with this head, as it is now. */
export interface PullView {
  readonly pull: number;
  readonly headSha: string;
  /** `refs/heads/…` and where it is now. */
  readonly baseRef: string;
  readonly baseSha: string;
  readonly isDraft: boolean;
  /** Null when no accepted evidence belongs to this head. */
  readonly evidence: AcceptedEvidence | null;
  readonly requirement: Requirement;
  readonly opinions: Opinions;
}

/** The gate of one commit. */
export interface Gate {
  readonly conclusion: 'success' | 'failure' | 'action_required';
  readonly title: string;
  readonly summary: string;
  readonly key: string;
  readonly approvals: readonly string[];
  readonly reasons: readonly Reason[];
}

/** What a green gate is green for: any other head, base, policy or requirement is another key. */
export function gateKey(
  head: string,
  base: string,
  policySha256: string,
  requirement: Requirement,
): string {
  const { profile, approvals } = requirement;
  return sha256OfJson({ head, base, policySha256, profile, approvals });
}

/**
 * Decide the gate of a commit. A check belongs to the commit and not to a pull request, so every
 * open pull request with this head has to pass: `others` are those besides.
 */
export function decideGate(view: PullView, others: readonly PullView[] = []): Gate {
  const reasons = [view, ...others].flatMap(judgePull);
  const conclusion = reasons.some((reason) => reason.outcome === 'fail')
    ? 'failure'
    : reasons.some((reason) => reason.outcome === 'wait')
      ? 'action_required'
      : 'success';
  const approvals = view.opinions.approvals.map((person) => person.login);
  return {
    conclusion,
    title: titleOf(conclusion, view, reasons),
    summary: reasons.map(({ outcome, sentence }) => `- **${outcome}** ${sentence}`).join('\n'),
    key: gateKey(view.headSha, view.baseSha, view.evidence?.policySha256 ?? '', view.requirement),
    approvals,
    reasons,
  };
}

function judgePull(view: PullView): readonly Reason[] {
  return [judgeEvidence(view), judgeBase(view), judgeObjections(view), judgeApprovals(view)];
}

function judgeEvidence({ evidence, headSha, isDraft }: PullView): Reason {
  const rule = 'evidence-proven';
  if (!evidence || evidence.headSha !== headSha) {
    return fail(rule, `no evidence was accepted for the commit ${headSha.slice(0, 7)}`);
  }
  if (evidence.result !== 'proven') return fail(rule, 'the evidence leaves the change unproven');
  return isDraft
    ? { rule, outcome: 'wait', sentence: 'the change is proven, the pull request is still a draft' }
    : pass(rule, `the change is proven at ${headSha.slice(0, 7)}`);
}

function judgeBase({ evidence, baseRef, baseSha }: PullView): Reason {
  const rule = 'base-unmoved';
  if (!evidence) return fail(rule, 'there is no evidence to compare the base with');
  if (evidence.baseRef !== baseRef) {
    return fail(rule, 'the evidence was made for another base branch than this pull request has');
  }
  return evidence.baseSha === baseSha
    ? pass(rule, `the base is still ${baseSha.slice(0, 7)}`)
    : fail(
        rule,
        `the evidence is stale: made on ${evidence.baseSha.slice(0, 7)}, the base is now ${baseSha.slice(0, 7)}; run the issue again`,
      );
}

function judgeObjections({ opinions }: PullView): Reason {
  const count = opinions.objections.length;
  return count === 0
    ? pass('no-objection', 'nobody with write access asks for changes')
    : fail('no-objection', `changes are asked for by ${count} reviewer(s) with write access`);
}

function judgeApprovals({ opinions, requirement, headSha }: PullView): Reason {
  const { length } = opinions.approvals;
  const who = requirement.profile === 'solo' ? 'approvals' : 'independent approvals';
  const sentence = `expected ${requirement.approvals} ${who} of exactly ${headSha.slice(0, 7)}, saw ${length}`;
  return length >= requirement.approvals
    ? pass('approved', sentence)
    : { rule: 'approved', outcome: 'wait', sentence };
}

function titleOf(
  conclusion: Gate['conclusion'],
  view: PullView,
  reasons: readonly Reason[],
): string {
  const alone = view.requirement.profile === 'solo' ? ' (single-person review)' : '';
  if (conclusion === 'success') return `Proven and approved${alone}`;
  const first = reasons.find(
    (reason) => reason.outcome === (conclusion === 'failure' ? 'fail' : 'wait'),
  );
  return `${first?.sentence ?? 'Not decided'}${alone}`;
}

function pass(rule: string, sentence: string): Reason {
  return { rule, outcome: 'pass', sentence };
}

function fail(rule: string, sentence: string): Reason {
  return { rule, outcome: 'fail', sentence };
}
