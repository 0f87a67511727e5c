import { join } from 'node:path';
import type { AppIdentity, GitHub } from '#github/client.ts';
import { openGitHub } from '#github/client.ts';
import type { Requester } from '#github/requester.ts';
import { openRequester } from '#github/requester.ts';
import { createVerifier } from '#github/webhook.ts';
import { assert } from '#model/fault.ts';
import type { TokenKeeper } from '#model/live-token.ts';
import type { Sealer } from '#model/seal.ts';
import { createCommandStore } from '#postgres/command-store.ts';
import type { Database } from '#postgres/database.ts';
import { openPglite, openPostgres } from '#postgres/database.ts';
import { createDeliveryStore } from '#postgres/delivery-store.ts';
import { createGrantStore } from '#postgres/grant-store.ts';
import { migrate } from '#postgres/migrate.ts';
import { createOutsideIssueStore } from '#postgres/outside-issue-store.ts';
import { createOutsideStore } from '#postgres/outside-store.ts';
import { createPauseStore } from '#postgres/pause-store.ts';
import { createPersonStore } from '#postgres/person-store.ts';
import type { Queue } from '#postgres/queue.ts';
import { openQueue } from '#postgres/queue.ts';
import { createRulingStore } from '#postgres/ruling-store.ts';
import { createSessionStore } from '#postgres/session-store.ts';
import type { TokenStore } from '#postgres/token-store.ts';
import { createTokenStore } from '#postgres/token-store.ts';
import { failsInto, jobNames } from '#queue/job.ts';
import type { Settings } from '../settings.ts';
import { openSealer } from './sealing-key.ts';
import type { SigningKey } from './signing-key.ts';
import { openSigningKey } from './signing-key.ts';

/** The outside worlds, opened: what stages are wired to. */
export interface Edges {
  readonly settings: Settings;
  readonly database: Database;
  readonly queue: Queue;
  readonly github: GitHub;
  /** The way to GitHub that all who speak to it share. */
  readonly requester: Requester;
  readonly identity: AppIdentity;
  readonly verify: ReturnType<typeof createVerifier>;
  readonly deliveries: ReturnType<typeof createDeliveryStore>;
  readonly outside: ReturnType<typeof createOutsideStore>;
  readonly outsideIssues: ReturnType<typeof createOutsideIssueStore>;
  readonly rulings: ReturnType<typeof createRulingStore>;
  readonly commands: ReturnType<typeof createCommandStore>;
  readonly pauses: ReturnType<typeof createPauseStore>;
  readonly grants: ReturnType<typeof createGrantStore>;
  readonly sessions: ReturnType<typeof createSessionStore>;
  readonly people: ReturnType<typeof createPersonStore>;
  readonly tokens: TokenStore;
  readonly signingKey: SigningKey;
  readonly sealer: Sealer;
  readonly now: () => Date;
  readonly say: (line: string) => void;
}

/** What a caller may give instead of what settings name: a prepared empty database, for one. */
export interface Given {
  readonly databaseTemplate?: Blob;
}

/** Open the database, bring it up to date, open the queue on it, and learn who the App is. */
export async function openEdges(
  settings: Settings,
  say: (line: string) => void,
  given: Given = {},
): Promise<Edges> {
  const now = () => new Date();
  const requester = openRequester(settings.restUrl, Date.now);
  const keeper = lateKeeper();
  const github = openGitHub(settings, Date.now, requester, keeper);
  const [identity, database, signingKey, sealer] = await Promise.all([
    github.readIdentity(),
    openDatabase(settings, given),
    openSigningKey(settings.dataDir),
    openSealer(settings.dataDir),
  ]);
  await migrate(database);
  const tokens = createTokenStore(database, sealer, now);
  keeper.open(tokens);
  const queues = jobNames.map((name) => ({
    name,
    ...(failsInto[name] ? { failsInto: failsInto[name] } : {}),
  }));
  const queue = await openQueue(database, queues, (error) => say(`queue: ${describeError(error)}`));
  return {
    settings,
    database,
    queue,
    github,
    requester,
    identity,
    verify: createVerifier(settings),
    deliveries: createDeliveryStore(database, queue, now),
    outside: createOutsideStore(database, queue, now),
    outsideIssues: createOutsideIssueStore(database, now),
    rulings: createRulingStore(database, now),
    commands: createCommandStore(database, now),
    pauses: createPauseStore(database, queue, now),
    grants: createGrantStore(database, queue, now, settings.limits),
    sessions: createSessionStore(database, queue, now),
    people: createPersonStore(database, queue, now),
    tokens,
    signingKey,
    sealer,
    now,
    say,
  };
}

/** GitHub is opened with the store, and nothing is minted before it is there. */
function lateKeeper(): TokenKeeper & { open(store: TokenKeeper): void } {
  let store: TokenKeeper | undefined;
  const opened = () => {
    assert(store, 'no token is minted before the store is open');
    return store;
  };
  return {
    open: (given) => {
      store = given;
    },
    keep: async (live, token) => opened().keep(live, token),
    forget: async (sha256) => opened().forget(sha256),
    owe: async (sha256) => opened().owe(sha256),
  };
}

function openDatabase(settings: Settings, given: Given): Promise<Database> {
  return settings.databaseUrl
    ? openPostgres(settings.databaseUrl)
    : openPglite(join(settings.dataDir, 'database'), given.databaseTemplate);
}

/** Close in the order of dependence: no new work, then tokens, then the store. */
export async function closeEdges(edges: Edges): Promise<void> {
  await edges.queue.close();
  await edges.github.close();
  await edges.database.close();
}

function describeError(error: unknown): string {
  return error instanceof Error ? error.message : JSON.stringify(error);
}
