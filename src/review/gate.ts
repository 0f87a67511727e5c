import type { Reason } from '#model/decision.ts';
import { sha256OfJson } from '#model/digest.ts';
import { plainLine } from '#model/neutralise.ts';
import type { Waiver } from '#model/waiver.ts';
import type { Opinion } from './count-approvals.ts';

/** Evidence that the App accepted and signed: for one head, one base, one policy. */
export interface AcceptedEvidence {
  readonly id: string;
  readonly headSha: string;
  readonly baseSha: string;
  readonly policySha256: string;
  readonly result: 'proven' | 'unproven';
  /** Findings that people put aside; shown, and never counted for anything. */
  readonly waivers: readonly Waiver[];
}

/** One pull request as it is now, and what is known about it. */
export interface GateView {
  readonly pull: number;
  readonly headSha: string;
  /** The head of the base branch now, not when the pull request was opened. */
  readonly baseSha: string;
  /** The branch it would go into now, and the one the run was decided for. */
  readonly baseRef: string;
  readonly runBaseRef: string;
  /** False when it has more reviews, commits or sister pull requests than were read. */
  readonly isWhole: boolean;
  /** The run of another attempt that is to replace this head; null when there is none. */
  readonly replacedBy: string | null;
  readonly policySha256: string | null;
  readonly approvalsNeeded: number;
  readonly profile: 'team' | 'solo';
  readonly evidence: AcceptedEvidence | null;
  readonly opinions: readonly Opinion[];
}

/** What `sallyport / review` says. `neutral` and `skipped` would count as success: never concluded. */
export interface Gate {
  readonly conclusion: 'success' | 'failure' | 'action_required';
  readonly title: string;
  readonly reasons: readonly Reason[];
  /** Names head, base, policy and requirement: a gate is for exactly these. */
  readonly key: string;
}

/** The context of a gate: whatever changes in it voids what was decided for another. */
export function gateKey(
  view: Pick<GateView, 'headSha' | 'baseSha' | 'policySha256' | 'approvalsNeeded' | 'profile'>,
): string {
  const { headSha, baseSha, policySha256, approvalsNeeded, profile } = view;
  return sha256OfJson({ headSha, baseSha, policySha256, approvalsNeeded, profile });
}

/** Decide the gate of one pull request. Unknown is unsatisfied. */
export function decideGate(view: GateView): Gate {
  const gate = decideReasons(view);
  const count = view.evidence?.waivers.length ?? 0;
  if (count === 0) return gate;
  return {
    ...gate,
    title: `${gate.title}; ${count} ${count === 1 ? 'finding' : 'findings'} waived`,
  };
}

function decideReasons(view: GateView): Gate {
  const reasons = [...judgePlace(view), ...judgeEvidence(view), ...judgeApprovals(view)];
  const key = gateKey(view);
  if (reasons.some((reason) => reason.outcome === 'fail')) {
    const first = reasons.find((reason) => reason.outcome === 'fail');
    return { conclusion: 'failure', title: first?.sentence ?? 'not passed', reasons, key };
  }
  const waiting = reasons.find((reason) => reason.outcome === 'wait');
  if (waiting) return { conclusion: 'action_required', title: waiting.sentence, reasons, key };
  const solo = view.profile === 'solo' ? ' (single-person review)' : '';
  return { conclusion: 'success', title: `Proven and approved${solo}`, reasons, key };
}

/** A check belongs to a commit, so it must hold for every open pull request that has it as head. */
export function combineGates(gates: readonly Gate[]): Gate {
  const order = ['failure', 'action_required', 'success'] as const;
  const [worst] = [...gates].sort(
    (a, b) => order.indexOf(a.conclusion) - order.indexOf(b.conclusion),
  );
  return (
    worst ?? { conclusion: 'failure', title: 'no pull request has this head', reasons: [], key: '' }
  );
}

/** A commit that is right for one branch may be wrong for another, though both are at the same base. */
function judgePlace({ isWhole, baseRef, runBaseRef, replacedBy }: GateView): readonly Reason[] {
  const reasons: Reason[] = [];
  if (!isWhole) {
    reasons.push(
      reason('size', 'fail', 'it has more reviews, commits or pull requests than can be looked at'),
    );
  }
  if (replacedBy !== null) {
    reasons.push(
      reason('attempt', 'fail', `run ${replacedBy} took over and has not shown its work yet`),
    );
  }
  if (baseRef !== runBaseRef) {
    reasons.push(
      reason('branch', 'fail', `it goes into ${baseRef}, and the work was for ${runBaseRef}`),
    );
  }
  return reasons;
}

function judgeEvidence(view: GateView): readonly Reason[] {
  const { evidence } = view;
  if (!evidence || evidence.headSha !== view.headSha) {
    return [
      reason('evidence', 'fail', `there is no accepted evidence for ${view.headSha.slice(0, 7)}`),
    ];
  }
  const stale: Reason[] = [];
  if (evidence.baseSha !== view.baseSha) {
    stale.push(
      reason(
        'base',
        'fail',
        `the base moved to ${view.baseSha.slice(0, 7)} after the evidence was made for ${evidence.baseSha.slice(0, 7)}`,
      ),
    );
  }
  if (evidence.policySha256 !== view.policySha256) {
    stale.push(
      reason('policy', 'fail', 'the policy on the base changed after the evidence was made'),
    );
  }
  const proven = evidence.result === 'proven';
  return [
    ...stale,
    reason(
      'evidence',
      proven ? 'pass' : 'fail',
      proven
        ? `evidence ${evidence.id} shows every property`
        : `evidence ${evidence.id} does not prove the change`,
    ),
    ...evidence.waivers.map(({ finding, by, reason: why }) =>
      reason(
        'waiver',
        'pass',
        `${by.login} waived ${finding}, which proves nothing: ${plainLine(why, 200)}`,
      ),
    ),
  ];
}

function judgeApprovals({ opinions, approvalsNeeded }: GateView): readonly Reason[] {
  const objections = opinions.filter((one) => one.state === 'CHANGES_REQUESTED' && one.counts);
  const approvals = opinions.filter((one) => one.state === 'APPROVED' && one.counts);
  const ignored = opinions.filter((one) => !one.counts);
  const enough = approvals.length >= approvalsNeeded;
  return [
    ...objections.map((one) => reason('objection', 'fail', `${one.login} asked for changes`)),
    {
      ...reason(
        'approvals',
        enough ? 'pass' : 'wait',
        `${approvals.length} of ${approvalsNeeded} independent approvals of this commit`,
      ),
      children: [
        ...approvals.map((one) => reason('approval', 'pass', `${one.login} ${one.because}`)),
        ...ignored.map((one) =>
          reason('not-counted', 'wait', `${one.login} does not count: ${one.because}`),
        ),
      ],
    },
  ];
}

function reason(rule: string, outcome: Reason['outcome'], sentence: string): Reason {
  return { rule, outcome, sentence };
}
