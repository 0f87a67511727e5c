import { isEnded } from '#model/run.ts';
import type { Answer } from './answer.ts';
import { done, nothing, refused } from './answer.ts';
import type { After, CommandDeps, CommandedRun, LaterDeps, Order } from './deps.ts';
import { actorOf } from './deps.ts';

/** `stop`: the open run ends, what it holds is revoked, its jobs are cancelled. */
export async function stopRun(order: Order, deps: CommandDeps): Promise<Answer> {
  const run = await deps.findRun(order);
  const because = `${order.given.sender.login} said stop`;
  // What ends the jobs says when they have ended, in the same comment.
  if (run?.state === 'cancelled' && run.because === because) return stopped(run);
  const trouble = await whyNotRestrained('stop', run, order, deps);
  if (!run || trouble) return trouble ?? nothing('there is no run');
  await deps.stop(run, because, actorOf(order));
  return stopped(run);
}

function stopped({ id }: CommandedRun): Answer {
  return done('Stopped', `run ${id} was stopped`, { isSaid: true });
}

/** `hold`: a run that has not started does not start until somebody says `resume`. */
export async function holdRun(order: Order, deps: CommandDeps): Promise<Answer> {
  const run = await deps.findRun(order);
  const trouble = await whyNotRestrained('hold', run, order, deps);
  if (!run || trouble) return trouble ?? nothing('there is no run');
  if (!(await putOnHold(run, order.given.sender.login, actorOf(order), deps))) {
    return refused(
      'hold-before-start',
      `expected a run that has not started, but run ${run.id} is ${sayState(run)}: a working run cannot be held, say stop to end it`,
    );
  }
  return done('Held', `run ${run.id} does not start until somebody says resume`);
}

/** False when the run has started, or is being started. */
async function putOnHold(
  run: CommandedRun,
  login: string,
  by: string,
  deps: LaterDeps,
): Promise<boolean> {
  const because = `${login} said hold`;
  if (run.state !== 'held' && !(await deps.withdraw(run, because, by))) return false;
  await deps.pause(run, because, by);
  return true;
}

async function whyNotRestrained(
  name: 'stop' | 'hold',
  run: CommandedRun | undefined,
  order: Order,
  deps: CommandDeps,
): Promise<Answer | null> {
  if (!run) return nothing(`there is no run to ${name}`);
  if (isEnded(run.state)) return nothing(`run ${run.id} has ended already: it is ${run.state}`);
  if (deps.isBeyondStop(run)) {
    return refused(
      `${name}-before-review`,
      `expected a run that is not with people yet, but run ${run.id} is ${sayState(run)}: close pull request ${run.pull ?? ''} to end it`,
    );
  }
  if (isAfter(await deps.askedAt(run), order)) {
    return nothing(`run ${run.id} was asked for after this comment`);
  }
  return null;
}

function isAfter(asked: After['after'], { given }: Order): boolean {
  return 'commentId' in asked
    ? asked.commentId > given.comment.id
    : Date.parse(asked.at) > Date.parse(given.at);
}

/**
 * Apply what was said after the open run was asked for and was worked on before it
 * (`delivery:any-order`): a stop ends the run, a hold keeps it from starting, as they would have done
 * in their order. What was said before it was asked for was about another run.
 */
export async function obeyLater(
  place: Pick<After, 'repositoryId' | 'issue'>,
  deps: LaterDeps,
): Promise<void> {
  const run = await deps.findRunOfIssue(place);
  if (!run || deps.isBeyondStop(run)) return;
  const later = await deps.listLater({ ...place, after: await deps.askedAt(run) });
  const stop = later.find((one) => one.name === 'stop');
  if (stop) return deps.stop(run, `${stop.login} said stop in a later comment`, stop.by);
  const last = later.findLast((one) => one.name !== 'stop');
  if (last?.name === 'hold') await putOnHold(run, last.login, last.by, deps);
}

/** A state in words. */
export function sayState({ state }: Pick<CommandedRun, 'state'>): string {
  return state.replaceAll('_', ' ');
}
