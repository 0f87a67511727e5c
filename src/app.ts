import { revokeDead } from '#broker/session.ts';
import type { HttpServer } from '#http/server.ts';
import { listen } from '#http/server.ts';
import { readSignal } from '#ingress/ingress.ts';
import { startGuards } from '#ingress/start-guards.ts';
import { Fault } from '#model/fault.ts';
import { actOnSignal } from './compose/act-on-signal.ts';
import { readLive } from './compose/broker.ts';
import { composeCommander } from './compose/command.ts';
import type { Edges, Given } from './compose/edges.ts';
import { closeEdges, openEdges } from './compose/edges.ts';
import type { Finisher } from './compose/finish.ts';
import { composeFinisher } from './compose/finish.ts';
import { brokerRoutes } from './compose/http/broker-routes.ts';
import { healthRoutes } from './compose/http/health-routes.ts';
import { mcpRoute } from './compose/http/mcp-route.ts';
import { pageRoutes } from './compose/http/page-routes.ts';
import { pauseRoutes } from './compose/http/pause-routes.ts';
import { signalRoute } from './compose/http/signal-route.ts';
import { webhookRoute } from './compose/http/webhook-route.ts';
import { composeOutside } from './compose/outside.ts';
import type { Starter } from './compose/start.ts';
import { composeStarter } from './compose/start.ts';
import type { Stopper } from './compose/stop.ts';
import { composeStopper } from './compose/stop.ts';
import type { Turns } from './compose/turns.ts';
import { composeTurns } from './compose/turns.ts';
import type { Jobs } from './queue/job.ts';
import type { Settings } from './settings.ts';

/** A running App. */
export interface SallyportApp {
  /** Where it listens, on this machine. */
  readonly url: string;
  readonly edges: Edges;
  /** Resolves when no queue job waits or runs. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** What is swept, and how often: credentials past their time die within this (run:identity). */
const sweepEveryMs = 30_000;

/**
 * Open the App: guards first, then edges, workers, and last the listener, so that nothing is
 * taken before it can be kept.
 */
export async function openApp(
  settings: Settings,
  say: (line: string) => void,
  given?: Given,
): Promise<SallyportApp> {
  const troubles = startGuards({ ...settings, appId: String(settings.appId) });
  if (troubles.length > 0) throw new Fault('CONFIG_INVALID', troubles.join('; '));
  const edges = await openEdges(settings, say, given);
  const starter = composeStarter(edges);
  const finisher = composeFinisher(edges, starter);
  const stopper = composeStopper(edges);
  const turns = composeTurns(edges, starter.release);
  await startWorkers({ edges, starter, stopper, finisher, turns });
  const server = await listenOrClose(edges, stopper);
  const sweeper = setInterval(() => void sweep(edges, stopper, turns), sweepEveryMs);
  return {
    url: `http://${settings.host}:${server.port}`,
    edges,
    idle: () => untilIdle(edges),
    close: async () => {
      clearInterval(sweeper);
      await server.close();
      await closeEdges(edges);
    },
  };
}

async function listenOrClose(edges: Edges, stopper: Stopper): Promise<HttpServer> {
  const routes = [
    webhookRoute(edges),
    signalRoute(edges),
    ...brokerRoutes(edges),
    mcpRoute(edges),
    ...pageRoutes(edges),
    ...pauseRoutes(edges, stopper),
    ...healthRoutes(edges),
  ];
  const onError = (error: unknown, requestId: string) =>
    edges.say(`request ${requestId}: ${String(error)}`);
  try {
    return await listen(routes, edges.settings, onError);
  } catch (error) {
    await closeEdges(edges);
    throw error;
  }
}

/** Everything that queue jobs are worked by. */
interface Workers {
  readonly edges: Edges;
  readonly starter: Starter;
  readonly stopper: Stopper;
  readonly finisher: Finisher;
  readonly turns: Turns;
}

/** Jobs that cost a few statements, and come in hundreds when somebody edits in bulk. */
const smallJobsAtOnce = 8;

async function startWorkers(workers: Workers): Promise<void> {
  const { edges, starter, stopper, finisher, turns } = workers;
  const { queue, database } = edges;
  const commander = composeCommander(edges, { starter, stopper, finisher });
  const enqueue = (name: string, data: object) =>
    database.transaction((tx) => queue.send(tx, name, data));
  const work = <Name extends keyof Jobs>(
    name: Name,
    act: (job: Jobs[Name]) => Promise<unknown>,
    atOnce?: number,
  ) =>
    queue.work(
      name,
      async (data) => {
        try {
          await act(data as Jobs[Name]);
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
      await actOnSignal(bodySha256, signal, { edges, starter, stopper, commander, enqueue });
    } catch (error) {
      await edges.deliveries.note(bodySha256, String(error));
      throw error;
    }
    await edges.deliveries.settle(bodySha256, 'done');
  };
  await work('delivery', actOn, smallJobsAtOnce);
  await work('delivery-failed', ({ bodySha256 }) => edges.deliveries.settle(bodySha256, 'failed'));
  /** A run that left its place at work leaves it to the next. */
  const thenTurn = (act: (runId: string) => Promise<void>) => async (job: { runId: string }) => {
    await act(job.runId);
    await turns.takeAfter(job.runId);
  };
  await work('dispatch', thenTurn(starter.dispatch));
  await work('publish', thenTurn(finisher.publish));
  await work('outside', composeOutside(edges));
  await work('gate', ({ repositoryId, pull }) => finisher.gate(repositoryId, pull));
  await work('end-workflow', async (order) => {
    await stopper.endWorkflow(order);
    await turns.takeAfter(order.runId);
  });
  await work('resumed', async ({ scope }) => {
    for (const id of await stopper.listResumed(scope)) await finisher.releaseHeld(id);
  });
  await work('release', thenTurn(finisher.settle));
  await work(
    'reconsider',
    ({ repositoryId, issue }) => finisher.reconsider(repositoryId, issue),
    smallJobsAtOnce,
  );
}

async function sweep(edges: Edges, stopper: Stopper, turns: Turns): Promise<void> {
  try {
    await revokeDead({ ...edges.sessions, readLive: (grant) => readLive(edges, grant) });
    const ended = await edges.sessions.sweep();
    for (const runId of ended) edges.say(`run ${runId} expired`);
    await stopper.sweep();
    await turns.takeAll();
    await edges.outside.requeue();
  } catch (error) {
    edges.say(`sweep: ${String(error)}`);
  }
}

/** The queue is asked this often while something waits for quiet. */
const idlePollMs = 25;

async function untilIdle(edges: Edges): Promise<void> {
  while ((await edges.queue.pending()) > 0) {
    await new Promise((resolve) => setTimeout(resolve, idlePollMs));
  }
}
