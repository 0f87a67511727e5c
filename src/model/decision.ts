/** One named question and its answer; a decision is a tree of these. */
export interface Reason {
  /** The rule, kebab-case: `requester-role`. */
  readonly rule: string;
  readonly outcome: 'pass' | 'fail' | 'wait';
  /** One sentence for people: what was expected and what was seen. */
  readonly sentence: string;
  readonly children?: readonly Reason[];
}

/** Allow starts a run, hold needs something to happen first, deny says why not. */
export interface Decision {
  readonly verdict: 'allow' | 'deny' | 'hold';
  readonly reasons: readonly Reason[];
}

/** Any `fail` denies, else any `wait` holds, else allow. Nothing asked is nothing allowed. */
export function decide(reasons: readonly Reason[]): Decision {
  if (reasons.length === 0 || reasons.some((reason) => reason.outcome === 'fail')) {
    return { verdict: 'deny', reasons };
  }
  return {
    verdict: reasons.some((reason) => reason.outcome === 'wait') ? 'hold' : 'allow',
    reasons,
  };
}
