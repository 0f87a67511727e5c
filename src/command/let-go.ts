import type { Answer } from './answer.ts';
import { done, nothing, refused } from './answer.ts';
import type { CommandDeps, CommandedRun, Order, OrderOf } from './deps.ts';
import { actorOf } from './deps.ts';
import { sayState } from './restrain.ts';

/** `resume`: what `hold` held is asked about again; it starts when nothing else speaks against it. */
export async function resumeRun(order: Order, deps: CommandDeps): Promise<Answer> {
  const run = await deps.findRun(order);
  if (!run) return nothing('there is no run to resume');
  if (run.state !== 'held') return nothing(`run ${run.id} is ${sayState(run)}, not held`);
  const pause = await deps.findPause(run);
  if (!pause) return nothing(`nobody holds run ${run.id}: ${run.because ?? 'it waits'}`);
  // Who runs the App paused it for a reason that a comment does not know.
  if (!pause.by.startsWith('user:')) {
    return refused('resume-own', `run ${run.id} was paused by ${pause.by}, who must resume it`);
  }
  if (!(await deps.stands(order))) return refused('cause-stands', editedSentence);
  await deps.lift(run, actorOf(order));
  const because = await deps.release(run);
  const now = await deps.findRunOfIssue({
    repositoryId: run.repository.id,
    issue: run.issue.number,
  });
  const isSaid = now?.state !== 'held';
  return done('Resumed', `run ${run.id} is held no more; ${because ?? 'it starts'}`, { isSaid });
}

/** `approve`: a person lets go what waits for one, exactly as it was shown, and never their own. */
export async function approveRun(order: OrderOf<'approve'>, deps: CommandDeps): Promise<Answer> {
  const { command, given } = order;
  const run = await deps.findRun(order);
  if (run?.id !== command.run) {
    return refused(
      'approve-seen',
      `expected the run of this issue, ${run?.id ?? 'which has none'}, got ${command.run}`,
    );
  }
  if (isOwnWork(run, given.sender.id)) {
    return refused(
      'review-no-self',
      `expected somebody else, but ${given.sender.login} asked for run ${run.id}: its approval must be another person’s`,
    );
  }
  if (!(await deps.stands(order))) return refused('cause-stands', editedSentence);
  const approval = await deps.approve(run, command.seen, actorOf(order));
  if (approval.kind === 'refused') return refused('approve-seen', approval.because);
  if (approval.kind === 'released') {
    return done('Approved', `run ${run.id} starts`, { isSaid: true });
  }
  return done('Approved', `run ${run.id} is approved, and waits on: ${approval.because}`);
}

/** A one-person repository says so in its policy; everywhere else four eyes are needed. */
function isOwnWork({ requester, policy }: CommandedRun, id: number): boolean {
  return requester.id === id && policy.review.profile !== 'solo';
}

/** What loosens must still stand when it is done; what holds back counts at once. */
export const editedSentence =
  'expected the comment as it was written, but it was edited or deleted: write a new one';
