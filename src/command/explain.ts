import type { Reason } from '#model/decision.ts';
import type { Pause } from '#model/pause.ts';
import { isEnded } from '#model/run.ts';
import type { Answer } from './answer.ts';
import { done, nothing } from './answer.ts';
import type { CommandDeps, CommandedRun, Order } from './deps.ts';
import { sayState } from './restrain.ts';

/** `why`: what was decided last and by which rules, where the run is, and what its gate waits for. */
export async function explain(order: Order, deps: CommandDeps): Promise<Answer> {
  const { given } = order;
  const run = await deps.findRun(order);
  const issue = run?.issue.number ?? given.issue;
  const decided = await deps.findDecided({ repositoryId: given.repository.id, issue });
  if (!run && !decided) return nothing('nothing was ever asked for here: say run');
  const gate = run && run.pull !== null ? await deps.readGate(run) : null;
  const pause = run && !isEnded(run.state) ? await deps.findPause(run) : undefined;
  return done(run ? `Run is ${sayState(run)}` : 'Not started', sayWhere(run), {
    reasons: [
      ...(gate ?? []),
      ...(pause ? [sayPause(pause)] : []),
      ...(decided?.decision.reasons ?? []).filter(({ rule }) => !pause || rule !== 'not-paused'),
    ],
    lines: [
      ...(decided ? [`Decided ${decided.decision.verdict} at ${decided.at}.`] : []),
      ...(run ? describeRun(run) : []),
    ],
    url: run ? deps.runUrl(run.id) : null,
  });
}

/** As it is now: the last decision may be older than the hold. */
function sayPause({ because, by, at }: Pause): Reason {
  const sentence = `${because}: it waits until somebody says resume (${by}, ${at})`;
  return { rule: 'not-paused', outcome: 'wait', sentence };
}

function sayWhere(run: CommandedRun | undefined): string {
  if (!run) return 'what was asked for was not allowed, for the reasons below';
  if (run.because !== null) return run.because;
  return run.state === 'in_review' ? 'it waits for people and its gate' : 'nothing went wrong';
}

function describeRun(run: CommandedRun): readonly string[] {
  const { id, requester, depth, baseSha, workflowRunId, pull } = run;
  return [
    `Run ${id}, asked for by ${requester.login}, step ${depth} of its chain, base ${baseSha.slice(0, 7)}.`,
    ...(workflowRunId === null ? [] : [`Workflow run ${workflowRunId}.`]),
    ...(pull === null ? [] : [`Pull request ${pull}.`]),
  ];
}

/** What a person can do about a rule that is not met; a rule that says so itself has none. */
const remedies: Readonly<Record<string, string>> = {
  'in-reach': 'install the App on the repository again, or unsuspend it',
  'policy-valid': 'repair .github/sallyport.yml on the default branch, then ask again',
  'trigger-listed': 'ask in one of the listed ways, or add this one to triggers in the policy',
  'cause-stands': 'ask again; a comment must not be edited, a label must stay',
  'sender-is-person': 'somebody with a role must ask',
  'requester-role': 'somebody with that role must ask',
  'reviewer-role': 'somebody with that role must review',
  'attempt-bounds': 'close the pull request and say run, or go on by hand',
  'issue-open': 'reopen the issue, then ask again',
  'text-as-authorized': 'read title and body as they are now, then ask again',
  'not-paused': 'say resume, or ask who paused it',
  'one-open-run': 'say stop, or finish its pull request',
  'blockers-done': 'close what blocks it, or remove the edge; it then starts by itself',
  'organization-policy': 'repair the organization’s policy, or what loosens it, then ask again',
  'within-limits': 'wait: it starts by itself; or raise the limits in the policy',
  'chain-bounds': 'finish what is under way, or raise the chain’s limits in the policy',
  evidence: 'say retry on the issue for a new attempt with new evidence',
  base: 'say retry on the issue: evidence is for one base',
  policy: 'say retry on the issue: evidence is for one policy',
  branch: 'set the pull request’s base branch back',
  size: 'close the pull request and say retry on the issue',
  approvals: 'an independent reviewer with write must approve exactly this commit',
  attempt: 'wait for that run; when it failed, review again or close the pull request',
  objection:
    'settle it with that reviewer, who then approves or dismisses; a new attempt starts on it only where the policy lists review: changes_requested',
};

/** The remedy for a reason that is not met; undefined when its own sentence says all. */
export function findRemedy({ rule, outcome }: Pick<Reason, 'rule' | 'outcome'>) {
  return outcome !== 'pass' && Object.hasOwn(remedies, rule) ? remedies[rule] : undefined;
}
