// The database dies, hangs, or has no room while a delivery is being taken: what its sender hears.
import { createHmac, generateKeyPairSync, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signalRoute } from '#compose/http/signal-route.ts';
import { webhookRoute } from '#compose/http/webhook-route.ts';
import { createVerifier } from '#github/webhook.ts';
import type { HttpServer } from '#http/server.ts';
import { listen } from '#http/server.ts';
import { createDeliveryStore } from '#postgres/delivery-store.ts';
import { createOutsideStore } from '#postgres/outside-store.ts';
import { aSource, senders } from '../ingress/a-sender.ts';
import type { PostgresServer } from './postgres-server.ts';
import { openPostgresServer } from './postgres-server.ts';

const webhookSecret = 'a secret of at least thirty-two bytes';
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const privateKeyPem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const source = aSource('linear');
const answerMs = 400;

interface World {
  readonly postgres: PostgresServer;
  readonly http: HttpServer;
  /** Jobs that were sent. */
  readonly jobs: object[];
  enter(): Promise<void>;
}

async function open(options?: { readonly diskBytes: number }): Promise<World> {
  const postgres = await openPostgresServer(options);
  const jobs: object[] = [];
  const queue = {
    send: async (_tx: unknown, _name: string, data: object) => void jobs.push(data),
    sendAll: async (_tx: unknown, _name: string, data: readonly object[]) =>
      void jobs.push(...data),
  };
  const now = () => new Date();
  const deliveries = createDeliveryStore(postgres.database, queue, now, answerMs);
  const edges = {
    settings: { appId: 7, sources: [source] },
    identity: { botId: 99 },
    verify: createVerifier({ appId: 7, privateKeyPem, webhookSecret }),
    deliveries,
    outside: createOutsideStore(postgres.database, queue, now, answerMs),
    now,
  } as unknown as Parameters<typeof webhookRoute>[0];
  const routes = [webhookRoute(edges, () => {}), signalRoute(edges)];
  const http = await listen(routes, { host: '127.0.0.1', port: 0 }, () => {});
  return { postgres, http, jobs, enter: deliveries.enter };
}

async function close({ http, postgres }: World): Promise<void> {
  await http.close();
  await postgres.close();
}

/** A delivery as GitHub sends it, again with the same GUID; the answer's status and what it says. */
function deliver(world: World, guid: string, title = 'Fix it') {
  const body = JSON.stringify({
    action: 'labeled',
    repository: { id: 5, name: 'shop', default_branch: 'main', owner: { id: 6, login: 'acme' } },
    installation: { id: 3 },
    sender: { id: 1, login: 'mona', type: 'User' },
    label: { id: 9, name: 'sallyport' },
    issue: { id: 8, number: 4, title, body: guid, updated_at: '2026-11-22T10:00:00Z' },
  });
  return post(`${world.http.url}/api/github/webhooks`, body, {
    'x-github-event': 'issues',
    'x-github-delivery': guid,
    'x-hub-signature-256': `sha256=${createHmac('sha256', webhookSecret).update(body).digest('hex')}`,
  });
}

function report(world: World, id: string) {
  const at = new Date();
  const issue = { id, title: 'Totals are wrong', text: 'Above 100.' };
  const { headers, body } = senders.linear.sign(senders.linear.say(issue, at), source.secret, at);
  return () => post(`${world.http.url}/api/signals/${source.name}`, body, headers);
}

async function post(url: string, body: string, headers: Readonly<Record<string, string>>) {
  const answer = await fetch(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
    signal: AbortSignal.timeout(10_000), // as long as GitHub waits
  });
  return { status: answer.status, said: (await answer.json()) as Record<string, unknown> };
}

async function count(world: World, table: 'delivery' | 'outside_signal'): Promise<number> {
  const rows = await world.postgres.database.query<{ n: number }>(
    `select count(*) as n from ${table}`,
  );
  return rows[0]?.n ?? -1;
}

/** Hold a table as a stuck transaction does, until it is let go. */
async function stick(world: World, table: string): Promise<() => Promise<void>> {
  let letGo = () => {};
  let taken = () => {};
  const isTaken = new Promise<void>((resolve) => {
    taken = resolve;
  });
  const end = world.postgres.database.transaction(async (tx) => {
    await tx.query(`lock table ${table} in access exclusive mode`);
    taken();
    await new Promise<void>((resolve) => {
      letGo = resolve;
    });
  });
  await isTaken;
  return async () => {
    letGo();
    await end;
  };
}

/** Statements of others that have not ended. */
async function isQuiet(world: World): Promise<void> {
  for (;;) {
    const busy = await world.postgres.database.query(
      "select 1 from pg_stat_activity where state <> 'idle' and backend_type = 'client backend' and pid <> pg_backend_pid()",
    );
    if (busy.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const kept = { status: 202, said: { duplicate: false } };
const again = { status: 202, said: { duplicate: true } };
const unavailable = { status: 503, said: { error: 'store_unavailable' } };

describe('the database', () => {
  let world: World;
  beforeAll(async () => {
    world = await open();
  }, 60_000);
  afterAll(() => close(world), 60_000);

  it('T-G4: hangs: senders hear of it in time, and what was kept all the same is kept once', async () => {
    expect(await deliver(world, 'before-1')).toEqual(kept);
    const letGo = await stick(world, 'delivery');

    const answers = await Promise.all(['a', 'b', 'c'].map((guid) => deliver(world, guid)));

    expect(answers).toMatchObject([unavailable, unavailable, unavailable]);
    await letGo();
    await isQuiet(world);
    for (const guid of ['a', 'b', 'c']) expect((await deliver(world, guid)).status).toBe(202);
    for (const guid of ['a', 'b', 'c']) expect(await deliver(world, guid)).toEqual(again);
    expect(await count(world, 'delivery')).toBe(4);
    await world.enter();
    expect(world.jobs).toHaveLength(4);
  }, 60_000);

  it('hangs while a signal from outside is taken: the same', async () => {
    const send = report(world, 'hangs');
    const letGo = await stick(world, 'outside_signal');

    expect(await send()).toMatchObject(unavailable);

    await letGo();
    await isQuiet(world);
    expect((await send()).status).toBe(200);
    expect(await send()).toMatchObject({ status: 200, said: { duplicate: true } });
    expect(await count(world, 'outside_signal')).toBe(1);
  }, 60_000);

  it('T-G4: is killed: nothing is taken, and what comes again after its return is taken once', async () => {
    const before = await count(world, 'delivery');
    const send = report(world, 'killed');
    await world.postgres.crash();

    const answers = await Promise.all([deliver(world, 'k'), deliver(world, 'l'), send()]);

    expect(answers).toMatchObject([unavailable, unavailable, unavailable]);
    await world.postgres.restart();
    expect(await deliver(world, 'k')).toEqual(kept);
    expect(await deliver(world, 'k')).toEqual(again);
    expect(await send()).toMatchObject({ status: 200, said: { duplicate: false } });
    expect(await count(world, 'delivery')).toBe(before + 1);
  }, 60_000);
});

describe('the disk of the database', () => {
  let world: World;
  beforeAll(async () => {
    world = await open({ diskBytes: 96 * 1024 * 1024 });
  }, 60_000);
  afterAll(() => close(world), 60_000);

  it('T-G4: is full: no delivery is taken, and with room again each is taken once', async () => {
    const { database } = world.postgres;
    // Not compressible, and longer than any gap in what the database has already.
    const titles = ['x', 'y', 'z'].map(() => randomBytes(400_000).toString('base64'));
    expect(await deliver(world, 'first')).toEqual(kept);
    await database.script('create unlogged table filler (text text)');
    await fill(world);

    const answers = await Promise.all(titles.map((one, at) => deliver(world, `full-${at}`, one)));

    expect(answers).toMatchObject([unavailable, unavailable, unavailable]);
    expect(await count(world, 'delivery')).toBe(1);
    await database.script('drop table filler');
    for (const expected of [kept, again]) {
      const answer = await deliver(world, 'full-0', titles[0]);
      expect(answer).toEqual(expected);
    }
    expect(await count(world, 'delivery')).toBe(2);
  }, 60_000);
});

/** Pages until there is no room for one more. */
async function fill({ postgres }: World): Promise<void> {
  for (const rows of [8_000, 800, 80, 8]) {
    const statement = `insert into filler select repeat('x', 1000) from generate_series(1, ${rows})`;
    const until = async () => {
      for (;;) await postgres.database.query(statement);
    };
    await expect(until()).rejects.toThrow('No space left on device');
  }
}
