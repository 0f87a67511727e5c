import type { HttpServer } from '#http/server.ts';
import { listen } from '#http/server.ts';
import { startGuards } from '#ingress/start-guards.ts';
import { Fault } from '#model/fault.ts';
import type { Pass } from '#reconcile/reconcile.ts';
import type { Act } from './compose/act-on-signal.ts';
import { composeCommander } from './compose/command.ts';
import type { Edges, Given } from './compose/edges.ts';
import { closeEdges, openEdges } from './compose/edges.ts';
import type { Entering } from './compose/entering.ts';
import { composeEntering } from './compose/entering.ts';
import { composeFinisher } from './compose/finish.ts';
import { attributionRoutes } from './compose/http/attribution-routes.ts';
import { brokerRoutes } from './compose/http/broker-routes.ts';
import { guardRoutes } from './compose/http/guard-routes.ts';
import { healthRoutes } from './compose/http/health-routes.ts';
import { mcpRoute } from './compose/http/mcp-route.ts';
import { pageRoutes } from './compose/http/page-routes.ts';
import { pauseRoutes } from './compose/http/pause-routes.ts';
import { peopleRoutes } from './compose/http/people-routes.ts';
import { revokeRoutes } from './compose/http/revoke-routes.ts';
import { signalRoute } from './compose/http/signal-route.ts';
import { webhookRoute } from './compose/http/webhook-route.ts';
import { proveListener } from './compose/prove-listener.ts';
import { composeReconciler } from './compose/reconcile.ts';
import { startRounds } from './compose/rounds.ts';
import { composeStarter } from './compose/start.ts';
import type { Stopper } from './compose/stop.ts';
import { composeStopper } from './compose/stop.ts';
import { composeTurns } from './compose/turns.ts';
import { startWorkers } from './compose/workers.ts';
import type { Settings } from './settings.ts';

/** A running App. */
export interface SallyportApp {
  /** Where it listens, on this machine. */
  readonly url: string;
  readonly edges: Edges;
  /** Resolves when no delivery waits to be entered, and no queue job waits or runs. */
  idle(): Promise<void>;
  /** Compare with GitHub now, and heal what differs; null when another replica is at it. */
  reconcile(): Promise<Pass | null>;
  close(): Promise<void>;
}

/**
 * Open the App: guards first, then edges, so that nothing is taken before it can be kept; then the
 * listener, which proves that it checks signatures; and only then workers, so that an App that must
 * not run has done nothing for what waited from before.
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
  const enqueue = (name: string, data: object) =>
    edges.database.transaction((tx) => edges.queue.send(tx, name, data));
  const commander = composeCommander(edges, { starter, stopper, finisher });
  const act: Act = { edges, starter, stopper, commander, enqueue };
  const entering = composeEntering(edges);
  const server = await listenOrClose(edges, stopper, entering);
  await startWorkers({ act, finisher, turns });
  entering.start();
  const reconciling = composeReconciler(act, finisher);
  const rounds = startRounds(edges, { stopper, turns, reconciling });
  return {
    url: server.url,
    edges,
    idle: () => untilIdle(edges),
    reconcile: rounds.reconcile,
    close: async () => {
      await rounds.stop();
      await server.close();
      await entering.stop();
      await closeEdges(edges);
    },
  };
}

async function listenOrClose(
  edges: Edges,
  stopper: Stopper,
  entering: Entering,
): Promise<HttpServer> {
  const routes = [
    webhookRoute(edges, entering.soon),
    signalRoute(edges),
    ...guardRoutes(edges, [
      ...brokerRoutes(edges),
      mcpRoute(edges),
      ...pageRoutes(edges),
      ...attributionRoutes(edges),
      ...peopleRoutes(edges),
      ...pauseRoutes(edges, stopper),
      ...revokeRoutes(edges, stopper),
    ]),
    ...healthRoutes(edges),
  ];
  const onError = (error: unknown, requestId: string) =>
    edges.say(`request ${requestId}: ${String(error)}`);
  try {
    const server = await listen(routes, edges.settings, onError);
    await proveOrClose(server, edges);
    return server;
  } catch (error) {
    await closeEdges(edges);
    throw error;
  }
}

async function proveOrClose(server: HttpServer, { settings }: Edges): Promise<void> {
  try {
    await proveListener(server.url, settings.webhookSecret);
  } catch (error) {
    await server.close();
    throw error;
  }
}

/** The queue is asked this often while something waits for quiet. */
const idlePollMs = 25;

async function untilIdle(edges: Edges): Promise<void> {
  while ((await countLeft(edges)) > 0) {
    await new Promise((resolve) => setTimeout(resolve, idlePollMs));
  }
}

/** What was kept becomes a job, so it is counted before the jobs are. */
async function countLeft({ deliveries, queue }: Edges): Promise<number> {
  return (await deliveries.unentered()) + (await queue.pending());
}
