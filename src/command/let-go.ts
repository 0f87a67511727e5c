import type { Answer } from './answer.ts';
import { done, nothing, refused } from './answer.ts';
import type { CommandDeps, Order } from './deps.ts';
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

/** What loosens must still stand when it is done; what holds back counts at once. */
export const editedSentence =
  'expected the comment as it was written, but it was edited or deleted: write a new one';
