import type { Reason } from '#model/decision.ts';
import { walkReasons } from '#model/decision.ts';
import type { Signal } from '#model/signal.ts';
import { visibleText } from '#model/text.ts';
import type { Cause } from '#model/trigger.ts';
import type { Wish } from './ask.ts';
import type { Ignored, Judged } from './policy.ts';

/** What an event means and what would follow from it; nothing does. */
export interface Explanation {
  readonly signal: Signal['kind'];
  /** `ignored`: no decision would be made. Null for an event that asks for no work. */
  readonly verdict: 'allow' | 'hold' | 'deny' | 'ignored' | null;
  readonly sentence: string;
  readonly reasons: readonly Reason[];
  readonly baseSha: string | null;
  readonly policySha256: string | null;
  readonly organizationPolicySha256: string | null;
}

/** What every event that asks for no work leads to. */
const effects: Readonly<Record<Signal['kind'], string>> = {
  label_set: 'work is asked for',
  assigned: 'work is asked for',
  unassigned: 'the run that the assignment started is stopped, unless people have it already',
  project_status_set:
    'work is asked for on the issue that the item is, if its policy lists the column',
  command_given: 'a command is obeyed, and answered by one comment',
  label_removed: 'the run that this label started is stopped, unless people have it already',
  issue_closed: 'the run of this issue is stopped, and what it blocks is looked at again',
  issue_reopened: 'what the issue blocks is looked at again',
  dependency_changed: 'the issue that waits is looked at again',
  pull_changed: 'the gate is worked out again, and a changed policy is checked',
  review_changed: 'the gate is worked out again',
  changes_requested:
    'the gate is worked out again; another attempt is asked for, where the policy lists reviews',
  check_failed:
    'another attempt is asked for, where the policy lists this check of this App, on the head of a run’s pull request',
  pull_closed:
    'the run is settled, and what it blocked is released; a revert of a merge holds it again',
  base_moved: 'gates are worked out again, and runs under an older policy are stopped',
  job_changed: 'what the job held is revoked when it has ended',
  workflow_ended: 'a run that reported nothing has failed',
  installation_changed: 'runs that the App can no longer reach are stopped',
  authorization_revoked: 'nothing is done in this person’s name any more',
  ignored: 'nothing happens',
};

/** The wish that a signal carries; null when it asks for no work. */
export function wishOf(signal: Signal): Wish | null {
  if (!isWish(signal)) return null;
  const cause = causeOf(signal);
  if (!cause) return null;
  const { installationId, repository, issue, sender, at, textSha256 } = signal;
  return { installationId, repository, issue, sender, cause, at, textSha256 };
}

type WishSignal = Extract<Signal, { kind: 'label_set' | 'assigned' | 'command_given' }>;

function isWish(signal: Signal): signal is WishSignal {
  return ['label_set', 'assigned', 'command_given'].includes(signal.kind);
}

function causeOf(signal: WishSignal): Cause | null {
  if (signal.kind === 'label_set') return { kind: 'label', label: signal.label };
  if (signal.kind === 'assigned') return { kind: 'assigned' };
  const { parsed, isPull, comment } = signal;
  const isRun = parsed.kind === 'command' && parsed.command.name === 'run' && !isPull;
  return isRun ? { kind: 'comment', nodeId: comment.nodeId } : null;
}

const sentences = {
  allow: 'a run would start',
  hold: 'a run would be held, and start by itself when what it waits for is done',
  deny: 'nothing would start',
} as const;

/** Say what was judged, or what an event that is not judged leads to. */
export function explain(signal: Signal, judged: Judged | Ignored | null): Explanation {
  const about = { signal: signal.kind, reasons: [] };
  const unread = { baseSha: null, policySha256: null, organizationPolicySha256: null };
  if (!judged) {
    const sentence = signal.kind === 'ignored' ? signal.because : effects[signal.kind];
    const verdict = signal.kind === 'ignored' ? ('ignored' as const) : null;
    return { ...about, ...unread, verdict, sentence };
  }
  if ('kind' in judged) {
    return { ...about, ...unread, verdict: 'ignored', sentence: judged.because };
  }
  const { decision, baseSha, policySha256, organizationPolicySha256 } = judged.ruling;
  const { verdict, reasons } = decision;
  const read = { baseSha, policySha256, organizationPolicySha256 };
  return { ...about, ...read, verdict, sentence: sentences[verdict], reasons };
}

/** The explanation as lines of text, the tree as everywhere else. */
export function renderExplanation(explanation: Explanation): readonly string[] {
  const { signal, verdict, sentence, reasons } = explanation;
  return [
    `${signal}: ${verdict === null || verdict === signal ? '' : `${verdict}: `}${sentence}`,
    ...renderTree(reasons),
  ].map((line) => visibleText(line));
}

/** A decision's tree as indented lines. */
export function renderTree(reasons: readonly Reason[]): readonly string[] {
  return walkReasons(reasons).map(
    ({ level, mark, rule, sentence }) => `${'  '.repeat(level + 1)}${mark} ${rule}: ${sentence}`,
  );
}
