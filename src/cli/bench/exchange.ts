import { assert } from '#model/fault.ts';
import { callerWorkflowPath } from '#model/names.ts';
import { boundAudience, proofHeader } from '#model/possession.ts';
import type { Database } from '#postgres/database.ts';
import { openPostgres } from '#postgres/database.ts';
import type { ProofKey } from '#runner/proof-key.ts';
import { createProofKey } from '#runner/proof-key.ts';
import { organization, people } from '../demo/shop.ts';
import type { CountedKeys } from './counted-keys.ts';
import { countKeys } from './counted-keys.ts';
import type { TokenMint } from './exchange-tokens.ts';
import { openMint } from './exchange-tokens.ts';
import type { GrantPlace, OpenGrant } from './grant-rows.ts';
import { addPastGrants, openGrants, seedRoots } from './grant-rows.ts';
import type { Measurement } from './measurement.ts';
import type { OwnPostgres } from './own-postgres.ts';
import { startOwnPostgres } from './own-postgres.ts';
import type { LoadTimes, Pace } from './request-load.ts';
import { sendRequests } from './request-load.ts';
import type { ServedApp } from './served-app.ts';
import { openServedApp } from './served-app.ts';
import { percentile, ratio, round } from './statistics.ts';
import { agentCaller, startWaitingJobs } from './waiting-jobs.ts';

/** Rows of the past at which the same is measured again. */
const pasts = [100, 1_000_000] as const;
/** Sent first and not counted; then one after the other; then many at once. */
const sizes = { warmUp: 100, single: 300, full: 600 } as const;
const full = { atOnce: 16 } as const;
const bogus = { count: 20_000, warmUp: 2_000, distinct: 200, atOnce: 32 } as const;
const shopName = 'exchange';

/**
 * How long an exchange takes, with the local GitHub asked about run and job each time and every
 * decision in PostgreSQL; the same with a million grants of the past; and how fast tokens that are
 * none are refused. Beside it the App's own `GET /healthz`: HTTP and nothing else.
 */
export async function measureExchange(): Promise<Measurement> {
  const postgres = await startOwnPostgres();
  const keys = await countKeys();
  try {
    return await measureOn(postgres, keys);
  } finally {
    keys.close();
    await postgres.close();
  }
}

async function measureOn(postgres: OwnPostgres, keys: CountedKeys): Promise<Measurement> {
  const served = await openServedApp({
    repository: {
      owner: organization,
      name: shopName,
      source: {
        kind: 'files',
        files: { [callerWorkflowPath]: { content: JSON.stringify(agentCaller) } },
      },
      collaborators: { [people.maintainer.login]: 'maintain' },
    },
    databaseUrl: postgres.url,
    environment: { SALLYPORT_JWKS_URL: keys.url, SALLYPORT_RECONCILE_MINUTES: '1440' },
    actions: { maxParallelJobs: 0 },
  });
  keys.pointTo(`${served.github.urls.oidcIssuer}/.well-known/jwks`);
  const database = await openPostgres(postgres.url);
  try {
    await served.start('sallyport');
    const bench = await openBench(served, database);
    const figures = await measurePasts(bench);
    const refused = await measureBogus(bench, keys);
    const baseline = await measureBaseline(served);
    return toMeasurement(figures, refused, baseline, postgres.version);
  } finally {
    await database.close();
    await served.close();
  }
}

interface Bench {
  readonly served: ServedApp;
  readonly database: Database;
  readonly place: GrantPlace;
  readonly mint: TokenMint;
  /** One key for every job: making keys is the runner's work. */
  readonly key: ProofKey;
  /** Where exchanges go. */
  readonly url: string;
  /** So many open grants that were not used before. */
  readonly grants: (count: number) => Promise<readonly OpenGrant[]>;
}

async function openBench(served: ServedApp, database: Database): Promise<Bench> {
  const { github } = served;
  const app = github.world.apps.get(github.app?.id ?? 0);
  const repository = github.world.repositoryByName(organization, shopName);
  const person = github.world.userByLogin(people.maintainer.login);
  const installation = [...github.world.installations.values()][0];
  assert(app && repository && person && installation, 'the seed has them');
  // The runs that are made tell of themselves; nobody is measured listening to that.
  app.webhook = null;
  const place = {
    ...{ installationId: installation.id, repositoryId: repository.id, owner: organization },
    ...{ ownerId: repository.ownerId, name: shopName },
    requester: { id: person.id, login: person.login },
  };
  await seedRoots(database, place);
  const url = new URL('/v1/exchange', served.url).href;
  const key = createProofKey();
  return {
    ...{ served, database, place, url, key },
    mint: await openMint(github, place, boundAudience(url, key.thumbprint)),
    grants: async (count) =>
      openGrants(database, place, await startWaitingJobs(github, place, count)),
  };
}

type Times = Readonly<Record<'single' | 'full', LoadTimes>>;

/** With each number of past grants: one after the other, then at once. */
async function measurePasts(bench: Bench): Promise<readonly Times[]> {
  const seen: Times[] = [];
  let from = 1;
  for (const to of pasts) {
    const fresh = await bench.grants(sizes.warmUp + sizes.single + sizes.full);
    const [at] = fresh;
    assert(at, 'there are grants');
    await addPastGrants(bench.database, bench.place, at, { from, to });
    from = to + 1;
    await bench.database.script('checkpoint');
    const [warmUp, single, rest] = split(fresh, sizes.warmUp, sizes.single);
    await exchangeAll(bench, warmUp, full);
    seen.push({
      single: await exchangeAll(bench, single, { atOnce: 1 }),
      full: await exchangeAll(bench, rest, full),
    });
  }
  return seen;
}

function split<T>(all: readonly T[], first: number, second: number) {
  return [
    all.slice(0, first),
    all.slice(first, first + second),
    all.slice(first + second),
  ] as const;
}

/** Signing is done before. */
async function exchangeAll(
  { url, mint, key }: Bench,
  grants: readonly OpenGrant[],
  pace: Pace,
): Promise<LoadTimes> {
  const requests = await Promise.all(
    grants.map(async (grant) => toRequest({ url, key }, await mint.good(grant), grant.id)),
  );
  return sendRequests({ url, status: 200 }, requests, pace);
}

/** Proven, as our own action sends it. */
function toRequest({ url, key }: Pick<Bench, 'url' | 'key'>, token: string, grant: string): Buffer {
  const { host, pathname } = new URL(url);
  const body = JSON.stringify({ grant, phase: 'agent' });
  const head = [
    `POST ${pathname} HTTP/1.1`,
    `host: ${host}`,
    'content-type: application/json',
    `authorization: Bearer ${token}`,
    `${proofHeader}: ${key.prove({ method: 'POST', url, token, body })}`,
    `content-length: ${body.length}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** Three kinds of bogus tokens, each refused 401, and how often the key set was read for all. */
async function measureBogus(bench: Bench, keys: CountedKeys): Promise<Record<string, number>> {
  const { url, mint, key } = bench;
  const [grant] = await bench.grants(1);
  assert(grant, 'there is a grant');
  const before = keys.fetches();
  const figures: Record<string, number> = {};
  for (const [name, make] of [
    ['garbage', mint.garbage],
    ['unknown key', mint.unknownKey],
    ['forged', mint.forged],
  ] as const) {
    const tokens = await Promise.all(Array.from({ length: bogus.distinct }, () => make(grant)));
    const some = tokens.map((token) => toRequest({ url, key }, token, grant.id));
    const requests = Array.from(
      { length: bogus.count },
      (_, index) => some[index % some.length] as Buffer,
    );
    await sendRequests({ url, status: 401 }, requests.slice(0, bogus.warmUp), bogus);
    const times = await sendRequests({ url, status: 401 }, requests, bogus);
    figures[`${name} refused/s`] = rateOf(times);
  }
  return { ...figures, 'key set reads for all refused': keys.fetches() - before };
}

async function measureBaseline(served: ServedApp): Promise<Record<string, number>> {
  const url = new URL('/healthz', served.url).href;
  const request = Buffer.from(`GET /healthz HTTP/1.1\r\nhost: ${new URL(url).host}\r\n\r\n`);
  const receiver = { url, status: 200 };
  const send = (count: number, pace: Pace) =>
    sendRequests(receiver, Array<Buffer>(count).fill(request), pace);
  await send(1000, bogus);
  const single = await send(sizes.single, { atOnce: 1 });
  return {
    'healthz p50Ms': percentile(single.eachMs, 50),
    'healthz/s': rateOf(await send(bogus.count, bogus)),
  };
}

function rateOf({ eachMs, allMs }: LoadTimes): number {
  return round((eachMs.length * 1000) / allMs);
}

function toMeasurement(
  seen: readonly Times[],
  refused: Record<string, number>,
  baseline: Record<string, number>,
  postgres: string,
): Measurement {
  const p50s = seen.map(({ single }) => percentile(single.eachMs, 50));
  const figures = seen.flatMap((times, index) => [
    [`${pasts[index]} past p50Ms`, percentile(times.single.eachMs, 50)],
    [`${pasts[index]} past p99Ms`, percentile(times.single.eachMs, 99)],
    [`${pasts[index]} past perSecond`, rateOf(times.full)],
  ]);
  const [few = 0, many = 0] = p50s;
  return {
    figures: { ...Object.fromEntries(figures), ...refused },
    baseline,
    ratios: {
      'p50 to healthz p50': ratio(many, baseline['healthz p50Ms'] ?? 0),
      'p50 of 1000000 past to 100': ratio(many, few),
      'forged/s to healthz/s': ratio(refused['forged refused/s'] ?? 0, baseline['healthz/s'] ?? 0),
    },
    more: { postgres },
  };
}
