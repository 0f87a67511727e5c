import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '#model/fault.ts';
import { openActionsService } from './actions/actions-service.ts';
import type { ActionsOptions } from './actions/host.ts';
import { type Admin, openAdmin } from './admin/admin.ts';
import { openManifestCodes } from './admin/manifest-code.ts';
import { followPullRefs } from './api/follow-pull-ref.ts';
import { followPushes } from './api/follow-push.ts';
import { openSuitesOnPush } from './api/follow-push-suite.ts';
import { type Budgets, openRateLimits } from './api/rate-limit.ts';
import { type LoggedRequest, openRequestLog } from './api/request-log.ts';
import type { Route } from './api/route.ts';
import { buildApi } from './api/serve-api.ts';
import { openTokenRegistry, type TokenRegistry } from './api/token-registry.ts';
import { buildRoutes } from './build-routes.ts';
import { buildFrontDoor } from './front-door.ts';
import { closePackReaders } from './git/packed-object.ts';
import { buildGraphql } from './graphql/serve-graphql.ts';
import { followAutoMerges } from './queue/follow-auto-merge.ts';
import { openMergeQueue } from './queue/merge-queue.ts';
import { type Home, openHome } from './saved/home.ts';
import { reconcileWithGit } from './saved/reconcile.ts';
import { type Person, readSections } from './saved/saved-state.ts';
import { restoreWorld } from './saved/saved-world.ts';
import type { AppCredentials } from './seed/plant-app.ts';
import { plantSeed } from './seed/plant-seed.ts';
import type { Seed } from './seed/seed.ts';
import { type Delivery, openDeliveryLog } from './webhook/delivery-log.ts';
import type { Faults } from './webhook/fault-schedule.ts';
import { openWebhooks } from './webhook/webhooks.ts';
import type { World } from './world.ts';
import { createWorld } from './world-state.ts';

export interface LocalGitHubOptions {
  /** 0, the default, takes any free one. */
  readonly port?: number;
  /** Git directories, artifacts, logs and workspaces go here. */
  readonly dataDir: string;
  /** What it starts with; not looked at when it goes on from what was kept. */
  readonly seed: Seed;
  /** Save everything in `dataDir`, and go on from what was saved there before. */
  readonly keep?: boolean;
  /** Told of a save that failed; it is tried again after the next change. */
  readonly onSaveError?: (error: unknown) => void;
  readonly actions?: ActionsOptions;
  readonly now?: () => Date;
  /** Calls an hour by kind of caller, instead of GitHub's own. */
  readonly budgets?: Budgets;
}

/** A whole GitHub in this process, on loopback only. */
export interface LocalGitHub {
  readonly urls: World['urls'];
  /** A personal token for every seeded person, by login. */
  readonly tokens: Readonly<Record<string, string>>;
  /** The seeded people, each with that token and the part the seed gives them. */
  readonly people: readonly Person[];
  readonly app: AppCredentials | null;
  readonly world: World;
  /** It went on from what was kept, instead of from the seed. */
  readonly isRestored: boolean;
  /** Tell the App's webhook address; events before that are lost, as on GitHub. */
  setWebhook(url: string): void;
  /** What people do on settings pages: install, suspend, choose repositories, move a card. */
  readonly admin: Admin;
  /** Make webhooks get lost, come twice, late or in the wrong order; null ends it. */
  setFaults(faults: Faults | null): void;
  /** Every REST operation that is built. */
  readonly routes: readonly Pick<Route, 'operation' | 'method' | 'path' | 'access'>[];
  /** Every API call so far. */
  requests(): readonly LoggedRequest[];
  /** Every webhook that was sent, oldest first. */
  deliveries(): readonly Delivery[];
  /** Resolves when nothing is in flight: no webhook, no workflow run, no tracked work. */
  idle(): Promise<void>;
  /** Resolves when every webhook so far was answered, whatever still runs. */
  told(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Open a local GitHub. Throws PORT_TAKEN when another process listens on the port, and
 * CONFIG_INVALID when it is to be kept in a folder that is another's.
 */
export async function startLocalGitHub(options: LocalGitHubOptions): Promise<LocalGitHub> {
  const home = options.keep ? await openHome(options.dataDir) : undefined;
  try {
    // Who is told of an event while the parts are opened may ask at once: it waits until they are.
    const door = Promise.withResolvers<Serve>();
    const server = await listen(options.port ?? 0, (request, response) => {
      if (home && !READING.includes(request.method ?? '')) response.once('close', home.touch);
      void door.promise.then((serve) => serve(request, response)).catch(() => response.destroy());
    });
    try {
      const { port } = server.address() as AddressInfo;
      const opened = await openParts(options, port, home);
      door.resolve(opened.serve);
      return {
        ...opened.github,
        close: async () => {
          await opened.autoMerges.close();
          await opened.queue.close();
          await opened.pullRefs.close();
          await opened.actions.close();
          // What was just said of them is to be in the log of deliveries, too.
          if (home) await untilSent(opened.deliveriesInFlight);
          await closeServer(server);
          await closePackReaders(options.dataDir);
          await home?.close();
        },
      };
    } catch (error) {
      await closeServer(server);
      throw error;
    }
  } catch (error) {
    await home?.close();
    throw error;
  }
}

type Serve = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Requests that change nothing. */
const READING = ['GET', 'HEAD', 'OPTIONS'];

async function openParts(options: LocalGitHubOptions, port: number, home: Home | undefined) {
  const now = options.now ?? (() => new Date());
  const saved = home?.state?.rest;
  const tokens = openTokenRegistry(now, saved?.tokens);
  const deliveryLog = openDeliveryLog(home?.deliveries, home?.addDelivery);
  const limits = openRateLimits(now, options.budgets);
  const webhooks = openWebhooks(() => opened.world, deliveryLog);
  const opened = createWorld({
    port,
    dataDir: options.dataDir,
    now,
    mintJobToken: tokens.mintJob,
    revokeJobToken: tokens.revoke,
    deliver: webhooks.deliver,
    ...(saved ? { lastId: saved.lastId } : {}),
    ...(home ? { changed: home.touch } : {}),
  });
  const { world } = opened;
  if (home?.state) await restoreWorld(world, home.state.rest.world, home.state.repositories);
  const app = saved ? saved.app : await plantSeed(world, options.seed);
  const people = saved?.people ?? listPeople(options.seed, world, tokens);
  followPushes(world);
  openSuitesOnPush(world);
  const savedActions = home?.state && { ...home.state.rest.actions, runs: home.state.runs };
  const actions = await openActionsService(world, options.actions ?? {}, savedActions);
  if (saved) await reconcileWithGit(world);
  const pullRefs = await followPullRefs(world);
  const queue = openMergeQueue(world);
  const autoMerges = followAutoMerges(world);
  await home?.keep({
    read: () => readSections({ world, lastId: opened.lastId, tokens, people, app, actions }),
    deliveries: deliveryLog.all,
    onError: options.onSaveError ?? (() => {}),
  });
  const log = openRequestLog();
  const manifests = openManifestCodes(world);
  const routes = buildRoutes({ tokens, limits, webhooks, manifests });
  const rest = buildApi({ world, tokens, limits, routes, log });
  const graphql = buildGraphql({ world, tokens, limits, log });
  const admin = openAdmin({
    world,
    webhooks,
    grants: tokens.grants,
    changed: home?.touch ?? (() => {}),
  });
  const github: Omit<LocalGitHub, 'close'> = {
    urls: world.urls,
    tokens: Object.fromEntries(people.map(({ login, token }) => [login, token])),
    people,
    app,
    world,
    isRestored: saved !== undefined,
    setWebhook: (url) => {
      const own = app ? world.apps.get(app.id) : undefined;
      if (own) own.webhook = { url, secret: app?.webhookSecret ?? '' };
      home?.touch();
    },
    admin,
    setFaults: webhooks.setFaults,
    routes,
    requests: log.list,
    deliveries: webhooks.log.all,
    idle: () =>
      waitForQuiet(
        () => actions.idle(),
        () => webhooks.inFlight() + opened.inFlight(),
      ),
    told: () => waitForQuiet(async () => {}, webhooks.inFlight),
  };
  return {
    actions,
    queue,
    pullRefs,
    autoMerges,
    github,
    deliveriesInFlight: webhooks.inFlight,
    serve: buildFrontDoor({ world, tokens, manifests, admin, actions, rest, graphql }),
  };
}

function listPeople(seed: Seed, world: World, tokens: TokenRegistry): readonly Person[] {
  return seed.users.map(({ login, as }) => ({
    login,
    as: as ?? null,
    token: tokens.mintPersonal(world.userByLogin(login)?.id ?? 0),
  }));
}

/** A receiver that does not answer does not hold the end of the process. */
const CLOSE_GRACE_MS = 1_000;

async function untilSent(inFlight: () => number): Promise<void> {
  const end = performance.now() + CLOSE_GRACE_MS;
  while (inFlight() > 0 && performance.now() < end) await sleep(QUIET_POLL_MS);
}

/** How often `idle` looks again; short, because every story waits for it. */
const QUIET_POLL_MS = 10;

async function waitForQuiet(runsIdle: () => Promise<void>, inFlight: () => number): Promise<void> {
  // A finished run sends webhooks, and a webhook may start a run: quiet means both, twice.
  for (let quiet = 0; quiet < 2; ) {
    await runsIdle();
    quiet = inFlight() === 0 ? quiet + 1 : 0;
    await sleep(QUIET_POLL_MS);
  }
}

function listen(
  port: number,
  onRequest: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Server> {
  const server = createServer({ maxHeaderSize: 32_768 }, onRequest);
  // A push or an artifact may take long; a header may not.
  server.requestTimeout = 0;
  server.headersTimeout = 10_000;
  // Longer than clients keep one: closed by us while a request is on its way, it fails for them.
  server.keepAliveTimeout = 65_000;
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        cause.code === 'EADDRINUSE'
          ? new Fault(
              'PORT_TAKEN',
              `port ${port} on 127.0.0.1 is taken: stop what uses it or choose another with --port`,
              { cause },
            )
          : new Fault('LOCAL_GITHUB', `cannot listen on 127.0.0.1:${port}: ${cause.message}`, {
              cause,
            }),
      ),
    );
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
