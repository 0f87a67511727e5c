import type { Policy } from '#model/policy.ts';
import { isEnded } from '#model/run.ts';
import type { Answer } from './answer.ts';
import { done, nothing, refused } from './answer.ts';
import type { CommandDeps, CommandedRun, Order } from './deps.ts';
import { sayState } from './restrain.ts';

/** `run`: a wish like any other; policy decides, and says why when it says no. */
export async function startRun(order: Order, deps: CommandDeps): Promise<Answer> {
  return noTask(order) ?? ask(order, deps);
}

/** `retry`: a new run with an identity of its own, on the text as it is now, by who says so. */
export async function retryRun(order: Order, deps: CommandDeps): Promise<Answer> {
  const pull = noTask(order);
  if (pull) return pull;
  const run = await deps.findRun(order);
  if (run && isOwn(run, order)) return report(run);
  if (!run) return nothing('no run of this issue has ended yet: say run');
  if (run.state === 'merged' || run.state === 'settled') {
    return refused('retry-ended', `run ${run.id} is ${run.state}: its work is done, say run`);
  }
  if (isEnded(run.state)) return ask(order, deps);
  if (await isVoid(run, deps)) return replace(run, order, deps);
  const remedy = deps.isBeyondStop(run) ? 'close its pull request first' : 'say stop first';
  return refused(
    'retry-ended',
    `expected a run that failed, was stopped or expired, or whose evidence is void, but run ${run.id} is ${sayState(run)}: ${remedy}`,
  );
}

/** What the gate says when only new evidence helps: none for this head, this base or this policy. */
const onlyNewEvidence = ['evidence', 'base', 'policy'];

/** Its checks stay red: nothing is lost when another attempt takes its place. */
async function isVoid(run: CommandedRun, deps: CommandDeps): Promise<boolean> {
  if (run.state !== 'in_review') return false;
  if ((await deps.readEvidence(run))?.result === 'unproven') return true;
  const gate = (await deps.readGate(run)) ?? [];
  return gate.some(({ rule, outcome }) => outcome === 'fail' && onlyNewEvidence.includes(rule));
}

/** The pull request is closed for the new attempt, and only when that may start. */
async function replace(run: CommandedRun, order: Order, deps: CommandDeps): Promise<Answer> {
  const plan = await deps.plan(order);
  if ('because' in plan) return nothing(plan.because);
  const against = plan.decision.reasons.filter(
    ({ rule, outcome }) => outcome === 'fail' && rule !== 'one-open-run',
  );
  const [first] = against;
  if (first) return refused('policy', first.sentence, { reasons: against });
  await deps.giveUp(run);
  return ask(order, deps);
}

/** `plan`: what would happen on `run`, and why; nothing is started. */
export async function planRun(order: Order, deps: CommandDeps): Promise<Answer> {
  const pull = noTask(order);
  if (pull) return pull;
  const plan = await deps.plan(order);
  if ('because' in plan) return nothing(plan.because);
  const { decision, policy } = plan;
  const verdicts = {
    allow: 'a run would start now',
    hold: 'a run would wait, and start by itself when what is listed is done',
    deny: 'nothing would start',
  } as const;
  return done('Plan', `${verdicts[decision.verdict]}; nothing was started`, {
    reasons: decision.reasons,
    lines: policy ? describePolicy(policy) : [],
  });
}

async function ask(order: Order, deps: CommandDeps): Promise<Answer> {
  const { given } = order;
  const place = { repositoryId: given.repository.id, issue: given.issue };
  const because = await deps.wish(order);
  const run = await deps.findRunOfIssue(place);
  if (run && isOwn(run, order)) return report(run);
  // Policy has said why, in the same comment.
  return refused('policy', because, { isSaid: true });
}

/** Only what has not been said: a run that waits, ended or was stopped has told why. */
function report(run: CommandedRun): Answer {
  const isSaid = run.state === 'held' || isEnded(run.state);
  return done('Started', `run ${run.id} was asked for`, { isSaid });
}

function isOwn({ cause }: CommandedRun, { given }: Order): boolean {
  return cause.kind === 'comment' && cause.nodeId === given.comment.nodeId;
}

/** Work is asked for where its text is: on the issue. */
function noTask({ given }: Order): Answer | null {
  if (!given.isPull) return null;
  return refused('issue-only', 'expected an issue, got a pull request: say it on the issue');
}

function describePolicy(policy: Policy): readonly string[] {
  const { agent, verify, chain, review } = policy;
  const commands = verify.commands.map((command) => command.name).join(', ');
  return [
    `Agent ${agent.use}${agent.model ? ` (${agent.model})` : ''}, for at most ${agent.minutes} minutes.`,
    `Checks ${commands}${verify.screens.length > 0 ? `, and ${verify.screens.length} screens` : ''}.`,
    `Chain of at most ${chain.depth} steps and ${chain.nodes} runs, ${chain.parallel} at a time.`,
    `Review ${review.profile}, ${review.approvals} independent approvals of the very commit.`,
  ];
}
