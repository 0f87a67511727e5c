// A local GitHub with a short history, and the App's own ingress, policy, dispatch and reconciler on a
// real store. Nothing listens and nothing is timed: deliveries and queue jobs are taken by hand.
import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Person } from '#cli/demo/people.ts';
import { openPerson } from '#cli/demo/people.ts';
import type { Act } from '#compose/act-on-signal.ts';
import { actOnSignal } from '#compose/act-on-signal.ts';
import { composeCommander } from '#compose/command.ts';
import type { Edges } from '#compose/edges.ts';
import { composeFinisher } from '#compose/finish.ts';
import { composeReconciler } from '#compose/reconcile.ts';
import { composeStarter } from '#compose/start.ts';
import { composeStopper } from '#compose/stop.ts';
import { openGitHub } from '#github/client.ts';
import { createVerifier } from '#github/webhook.ts';
import { accept, readSignal } from '#ingress/ingress.ts';
import { startLocalGitHub } from '#local/server.ts';
import { policyPath } from '#model/names.ts';
import { createCommandStore } from '#postgres/command-store.ts';
import { createDeliveryStore } from '#postgres/delivery-store.ts';
import { createGrantStore } from '#postgres/grant-store.ts';
import { createPauseStore } from '#postgres/pause-store.ts';
import type { Queue } from '#postgres/queue.ts';
import { createRulingStore } from '#postgres/ruling-store.ts';
import { listOpenRuns, listRuns } from '#postgres/run-store.ts';
import { createSessionStore } from '#postgres/session-store.ts';
import { policyText } from '../dispatch/a-ruling.ts';
import { openTestStore } from '../fake/store.ts';

/** What GitHub sent, as it sent it. */
export interface Sent {
  readonly guid: string;
  readonly event: string;
  readonly signature: string;
  readonly body: string;
}

interface Job {
  readonly name: string;
  readonly data: object;
}

const permissions = {
  actions: 'write',
  checks: 'write',
  contents: 'write',
  issues: 'write',
  pull_requests: 'write',
} as const;
const issues = '/repos/acme/sums/issues';
const events = ['issues', 'issue_dependencies'];
const limits = { parallel: 1000, runsPerDay: 1000 };
/** Between two things that happen; bodies of one second may be the same, and are then one delivery. */
const stepMs = 10_000;
/** What is younger than half a minute is on its way; nobody waits for that here. */
const later = () => new Date(Date.now() + 600_000);

export async function openSmallHistory() {
  const folder = await mkdtemp(join(tmpdir(), 'history-'));
  let steps = 0;
  const github = await startLocalGitHub({
    dataDir: folder,
    now: () => new Date(Date.now() + steps * stepMs),
    seed: {
      users: [{ login: 'mara' }, { login: 'tess' }],
      organizations: [{ login: 'acme', members: { mara: 'admin' } }],
      repositories: [
        {
          owner: 'acme',
          name: 'sums',
          source: { kind: 'files', files: { [policyPath]: { content: policyText } } },
          collaborators: { tess: 'triage' },
          labels: [{ name: 'sallyport' }],
          issues: Array.from({ length: 10 }, (_, index) => ({
            title: `Issue ${index + 1}`,
            body: 'Please.',
            author: 'tess',
            ...([2, 7].includes(index + 1) ? { blockedBy: [index + 1 === 2 ? 9 : 8] } : {}),
          })),
        },
      ],
      app: { slug: 'sallyport', permissions, events, installOn: 'acme' },
    },
  });
  const { app } = github;
  if (!app) throw new Error('expected the seed to hold an App');
  // Every attempt fails: what comes in is taken from GitHub's log.
  github.setWebhook('http://127.0.0.1:1/nobody');
  const settings = { appId: app.id, privateKeyPem: app.privateKeyPem, restUrl: github.urls.rest };
  const client = openGitHub(settings);
  const identity = await client.readIdentity();
  const database = await openTestStore();
  const jobs: Job[] = [];
  const queue = {
    send: async (_tx: unknown, name: string, data: object) => void jobs.push({ name, data }),
    sendAll: async (_tx: unknown, name: string, all: readonly object[]) =>
      void jobs.push(...all.map((data) => ({ name, data }))),
  } as unknown as Queue;
  const now = () => new Date();
  const verify = createVerifier({ ...settings, webhookSecret: app.webhookSecret });
  const edges = {
    settings: {
      ...settings,
      limits,
      organizationPolicy: 'optional',
      serverUrl: github.urls.server,
      publicUrl: 'http://127.0.0.1:1',
    },
    ...{ database, queue, identity, verify, now, github: client, say: () => {} },
    deliveries: createDeliveryStore(database, queue, now),
    rulings: createRulingStore(database, now),
    commands: createCommandStore(database, now),
    pauses: createPauseStore(database, queue, now),
    grants: createGrantStore(database, queue, now, limits),
    sessions: createSessionStore(database, queue, now),
  } as unknown as Edges;
  const starter = composeStarter(edges);
  const finisher = composeFinisher(edges, starter);
  const stopper = composeStopper(edges);
  const commander = composeCommander(edges, { starter, stopper, finisher });
  const enqueue = async (name: string, data: object) => void jobs.push({ name, data });
  const act: Act = { edges, starter, stopper, commander, enqueue };

  const doDelivery = async (bodySha256: string) => {
    const row = await edges.deliveries.find(bodySha256);
    if (row) await actOnSignal(bodySha256, readSignal(row, { botUserId: identity.botId }), act);
    await edges.deliveries.settle(bodySha256, 'done');
  };
  /** What the App's workers would do; a workflow run is asked of nobody. */
  const work = async () => {
    for (let job = jobs.shift(); job; job = jobs.shift()) {
      const data = job.data as { bodySha256: string; repositoryId: number; issue: number };
      if (job.name === 'delivery') await doDelivery(data.bodySha256);
      if (job.name === 'reconsider') await finisher.reconsider(data.repositoryId, data.issue);
    }
  };
  /** One delivery comes in, and what follows from it is done. */
  const take = async ({ guid, event, signature, body }: Sent) => {
    const deps = {
      appId: app.id,
      botUserId: identity.botId,
      verify,
      store: edges.deliveries.store,
    };
    const taken = await accept({ guid, event, signature, body: Buffer.from(body) }, deps);
    if (!taken.ok) throw new Error(taken.refusal.sentence);
    await edges.deliveries.enter();
    await work();
    return taken.value;
  };
  const sent = (): readonly Sent[] =>
    github.deliveries().map(({ guid, event, requestHeaders, requestBody }) => ({
      guid,
      event,
      signature: requestHeaders['x-hub-signature-256'] ?? '',
      body: requestBody,
    }));
  return {
    act,
    work,
    take,
    /** An issue is there no more: deleted, or moved to another repository. */
    vanish: (issue: number) => github.world.repositoryByName('acme', 'sums')?.issues.delete(issue),
    /** As GitHub signs it. */
    sign: (body: string) =>
      `sha256=${createHmac('sha256', app.webhookSecret).update(body).digest('hex')}`,
    doDelivery,
    sent,
    /** A person does something to an issue; GitHub has told of it when this resolves. */
    happen: async (login: string, what: (person: Person, issues: string) => Promise<unknown>) => {
      steps += 1;
      await what(openPerson(github.urls.rest, login, github.tokens[login] ?? ''), issues);
      await github.idle();
    },
    /** Compare with GitHub, whose log says that these were lost: it sends them again. */
    reconcile: async (lost: readonly Sent[]) => {
      const asked: Sent[] = [];
      const log = lost.map(({ guid }, index) => ({
        id: index + 1,
        guid,
        delivered_at: new Date().toISOString(),
        status_code: 503,
      }));
      const withLog: Edges['github'] = {
        ...client,
        requestAsApp: async <T>(
          ...[stage, route, parameters = {}]: Parameters<Edges['github']['requestAsApp']>
        ) => {
          if (route === 'GET /app/hook/deliveries') {
            return { status: 200, data: [...log].reverse() as T, headers: {} };
          }
          if (!route.startsWith('POST /app/hook/deliveries')) {
            return client.requestAsApp<T>(stage, route, parameters);
          }
          const again = lost[Number(parameters.delivery_id) - 1];
          if (again) asked.push(again);
          return { status: 202, data: {} as T, headers: {} };
        },
      };
      const pass = () =>
        composeReconciler(
          { ...act, edges: { ...edges, github: withLog, now: later } },
          finisher,
        ).passUnlessRecent(0);
      await pass();
      await work();
      for (const one of asked) await take(one);
      log.length = 0;
      const last = await pass();
      await work();
      return { asked, last };
    },
    /**
     * What the store holds of work that is not over: what a cold read of GitHub would lead to. Not
     * when it was asked for: a label that was set twice may be answered for either time.
     */
    openRuns: async () =>
      (await listOpenRuns(database, 'all'))
        .map(({ issue, state, requester, cause, policySha256, baseSha }) => ({
          issue: issue.number,
          ...{ state, requester: requester.login, cause, policySha256, baseSha },
        }))
        .sort((a, b) => a.issue - b.issue),
    /** The open run of an issue ends, as one does whose agent gave up. */
    fail: async (issue: number) => {
      const open = await listOpenRuns(database, 'all');
      const run = open.find((one) => one.issue.number === issue);
      if (!run) throw new Error(`expected an open run of issue ${issue}`);
      await edges.grants.fail(run, 'the agent gave up');
    },
    /** Every run there ever was, by its issue. */
    allRuns: async () =>
      (await listRuns(database)).map(({ issue, state }) => [issue.number, state] as const),
    /** Everything forgotten, as on the first day. */
    forget: async () => {
      jobs.length = 0;
      // The ledger refuses to forget; a test may, as the database's owner.
      await database.query("set session_replication_role = 'replica'");
      const tables = await database.query<{ tablename: string }>(
        "select tablename from pg_tables where schemaname = 'public' and tablename <> 'migration'",
      );
      await database.query(
        `truncate ${tables.map(({ tablename }) => `"${tablename}"`).join(', ')}`,
      );
      await database.query("insert into ledger_head (seq, hash) values (0, repeat('0', 64))");
      await database.query('insert into reconcile default values');
      await database.query("set session_replication_role = 'origin'");
    },
    close: async () => {
      await client.close();
      await database.close();
      await github.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
