import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Fault } from '#model/fault.ts';
import { openActionsService } from './actions/actions-service.ts';
import type { ActionsOptions } from './actions/host.ts';
import { followPushes } from './api/follow-push.ts';
import { type LoggedRequest, openRequestLog } from './api/request-log.ts';
import { buildApi } from './api/serve-api.ts';
import { openTokenRegistry } from './api/token-registry.ts';
import { buildRoutes } from './build-routes.ts';
import { buildFrontDoor } from './front-door.ts';
import { buildGraphql } from './graphql/serve-graphql.ts';
import type { AppCredentials } from './seed/plant-app.ts';
import { plantSeed } from './seed/plant-seed.ts';
import type { Seed } from './seed/seed.ts';
import type { Delivery } from './webhook/delivery-log.ts';
import { openWebhooks } from './webhook/webhooks.ts';
import type { World } from './world.ts';
import { createWorld } from './world-state.ts';

export interface LocalGitHubOptions {
  /** 0, the default, takes any free one. */
  readonly port?: number;
  /** Git directories, artifacts, logs and workspaces go here. */
  readonly dataDir: string;
  readonly seed: Seed;
  readonly actions?: ActionsOptions;
  readonly now?: () => Date;
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
  /** Tell the App's webhook address; events before that are lost, as on GitHub. */
  setWebhook(url: string): void;
  /** Every API call so far. */
  requests(): readonly LoggedRequest[];
  /** Every webhook that was sent, oldest first. */
  deliveries(): readonly Delivery[];
  /** Resolves when nothing is in flight: no webhook, no workflow run, no tracked work. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** Somebody of the seed. */
export interface Person {
  readonly login: string;
  readonly as: NonNullable<Seed['users'][number]['as']> | null;
  readonly token: string;
}

/** Open a local GitHub. Throws PORT_TAKEN when another process listens on the port. */
export async function startLocalGitHub(options: LocalGitHubOptions): Promise<LocalGitHub> {
  const now = options.now ?? (() => new Date());
  let serve: (request: IncomingMessage, response: ServerResponse) => Promise<void> = async () => {};
  const server = await listen(options.port ?? 0, (request, response) => {
    void serve(request, response).catch(() => response.destroy());
  });
  const { port } = server.address() as AddressInfo;
  const tokens = openTokenRegistry(now);
  const webhooks = openWebhooks(() => opened.world);
  const opened = createWorld({
    port,
    dataDir: options.dataDir,
    now,
    mintJobToken: tokens.mintJob,
    revokeJobToken: tokens.revoke,
    deliver: webhooks.deliver,
  });
  const { world } = opened;
  try {
    const app = await plantSeed(world, options.seed);
    followPushes(world);
    const actions = await openActionsService(world, options.actions ?? {});
    const log = openRequestLog();
    const routes = buildRoutes({ tokens, webhooks });
    serve = buildFrontDoor({
      world,
      tokens,
      actions,
      rest: buildApi({ world, tokens, routes, log }),
      graphql: buildGraphql({ world, tokens, log }),
    });
    const people = options.seed.users.map(({ login, as }) => ({
      login,
      as: as ?? null,
      token: tokens.mintPersonal(world.userByLogin(login)?.id ?? 0),
    }));
    return {
      urls: world.urls,
      tokens: Object.fromEntries(people.map(({ login, token }) => [login, token])),
      people,
      app,
      world,
      setWebhook: (url) => {
        const own = app ? world.apps.get(app.id) : undefined;
        if (own) own.webhook = { url, secret: app?.webhookSecret ?? '' };
      },
      requests: log.list,
      deliveries: webhooks.log.all,
      idle: () =>
        waitForQuiet(
          () => actions.idle(),
          () => webhooks.inFlight() + opened.inFlight(),
        ),
      close: async () => {
        await actions.close();
        await closeServer(server);
      },
    };
  } catch (error) {
    await closeServer(server);
    throw error;
  }
}

/** How often `idle` looks again; short, because every story waits for it. */
const QUIET_POLL_MS = 10;

async function waitForQuiet(runsIdle: () => Promise<void>, inFlight: () => number): Promise<void> {
  // A finished run sends webhooks, and a webhook may start a run: quiet means both, twice.
  for (let quiet = 0; quiet < 2; ) {
    await runsIdle();
    quiet = inFlight() === 0 ? quiet + 1 : 0;
    await new Promise((resolve) => setTimeout(resolve, QUIET_POLL_MS));
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
