import { z } from 'zod';

/** One named question and its answer; a decision is a tree of these. */
export interface Reason {
  /** The rule, kebab-case: `requester-role`. */
  readonly rule: string;
  readonly outcome: 'pass' | 'fail' | 'wait';
  /** One sentence for people: what was expected and what was seen. */
  readonly sentence: string;
  readonly children?: readonly Reason[];
}

/** A reason read again from a record. */
export const reasonSchema: z.ZodType<Reason> = z.lazy(() =>
  z.object({
    rule: z.string(),
    outcome: z.enum(['pass', 'fail', 'wait']),
    sentence: z.string(),
    children: z.array(reasonSchema).exactOptional(),
  }),
);

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

/** One line of a decision's tree. */
export interface ReasonLine extends Omit<Reason, 'children'> {
  /** 0 for a rule, 1 for a part of its answer. */
  readonly level: number;
  readonly mark: '✓' | '✗' | '…';
}

const marks = { pass: '✓', fail: '✗', wait: '…' } as const;

/**
 * The lines of a tree, the same for comment, check, page and terminal: what is open first, then what
 * passed, each rule followed by the parts that say more than it does.
 */
export function walkReasons(reasons: readonly Reason[]): readonly ReasonLine[] {
  const isOpen = ({ outcome }: Reason) => outcome !== 'pass';
  const inOrder = [...reasons.filter(isOpen), ...reasons.filter((one) => !isOpen(one))];
  return inOrder.flatMap((reason) => walkReason(reason, 0));
}

function walkReason(reason: Reason, level: number): readonly ReasonLine[] {
  const { rule, outcome, sentence, children = [] } = reason;
  const more = children.filter((child) => child.sentence !== sentence);
  return [
    { rule, outcome, sentence, level, mark: marks[outcome] },
    ...more.flatMap((child) => walkReason(child, level + 1)),
  ];
}
