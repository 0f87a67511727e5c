import { readSignal } from '#ingress/ingress.ts';
import type { Jobs } from '#queue/job.ts';
import type { Act } from './act-on-signal.ts';
import { actOnSignal } from './act-on-signal.ts';
import type { Finisher } from './finish.ts';
import { onPublished } from './on-feedback.ts';
import { composeOutside } from './outside.ts';
import { forget } from './people.ts';
import type { Turns } from './turns.ts';

/** Everything that queue jobs are worked by. */
export interface Workers {
  readonly act: Act;
  readonly finisher: Finisher;
  readonly turns: Turns;
}

/** Jobs that cost a few statements, and come in hundreds when somebody edits in bulk. */
const smallJobsAtOnce = 8;

/** Work every queue: each job names things, and whoever works it reads their state again. */
export async function startWorkers(workers: Workers): Promise<void> {
  const { act, finisher, turns } = workers;
  const { edges, starter, stopper } = act;
  const { queue } = edges;
  const work = <Name extends keyof Jobs>(
    name: Name,
    doJob: (job: Jobs[Name]) => Promise<unknown>,
    atOnce?: number,
  ) =>
    queue.work(
      name,
      async (data) => {
        try {
          await doJob(data as Jobs[Name]);
        } catch (error) {
          edges.say(`${name}: ${error instanceof Error ? error.message : String(error)}`);
          throw error;
        }
      },
      atOnce,
    );
  const actOn = async ({ bodySha256 }: Jobs['delivery']) => {
    await edges.deliveries.untilCalm();
    const row = await edges.deliveries.find(bodySha256);
    if (!row) return;
    const signal = readSignal(row, { botUserId: edges.identity.botId });
    try {
      await actOnSignal(bodySha256, signal, act);
    } catch (error) {
      await edges.deliveries.note(bodySha256, String(error));
      throw error;
    }
    await edges.deliveries.settle(bodySha256, 'done');
  };
  await work('delivery', actOn, smallJobsAtOnce);
  await work('delivery-failed', ({ bodySha256 }) => edges.deliveries.settle(bodySha256, 'failed'));
  /** A run that left its place at work leaves it to the next. */
  const thenTurn = (doRun: (runId: string) => Promise<void>) => async (job: { runId: string }) => {
    await doRun(job.runId);
    await turns.takeAfter(job.runId);
  };
  await work('dispatch', thenTurn(starter.dispatch));
  const publish = async (runId: string) => {
    await finisher.publish(runId);
    await onPublished(runId, act);
  };
  await work('publish', thenTurn(publish));
  await work('outside', composeOutside(edges));
  await work('gate', ({ repositoryId, pull }) => finisher.gate(repositoryId, pull));
  await work('end-workflow', async (order) => {
    await stopper.endWorkflow(order);
    await turns.takeAfter(order.runId);
  });
  await work('resumed', async ({ scope }) => {
    for (const id of await stopper.listResumed(scope)) await finisher.releaseHeld(id);
  });
  await work('forget-person', ({ userId }) => forget(edges, userId));
  await work('release', thenTurn(finisher.settle));
  await work(
    'reconsider',
    ({ repositoryId, issue }) => finisher.reconsider(repositoryId, issue),
    smallJobsAtOnce,
  );
}
