import { openPostgres } from '#postgres/database.ts';
import { organization, people, shopName } from '../demo/shop.ts';
import { measureBurst, untilDrained } from './burst.ts';
import { sendDeliveries } from './delivery-load.ts';
import type { Measurement } from './measurement.ts';
import type { OwnPostgres } from './own-postgres.ts';
import { startOwnPostgres } from './own-postgres.ts';
import type { RealDeliveries } from './real-deliveries.ts';
import { recordDeliveries } from './real-deliveries.ts';
import type { LoadTimes } from './request-load.ts';
import type { ServedApp } from './served-app.ts';
import { openServedApp, type programs } from './served-app.ts';
import { percentile, ratio, round } from './statistics.ts';

type Program = keyof typeof programs;

/** Sent first and not counted: code is compiled and connections are opened once. */
const warmUpCount = 600;
const full = { count: 3000, atOnce: 64 } as const;
const rounds = 3;
const steady = { perSecond: 300, seconds: 10 } as const;

/**
 * How fast the App takes deliveries for good, on PostgreSQL, beside bare Probot that keeps nothing:
 * the same bodies, the same sender, each receiver in a process of its own. Then a steady rate, and a
 * burst whose work the queue has to do.
 */
export async function measureIngress(): Promise<Measurement> {
  const postgres = await startOwnPostgres();
  try {
    return await measureOn(postgres);
  } finally {
    await postgres.close();
  }
}

async function measureOn(postgres: OwnPostgres): Promise<Measurement> {
  const served = await openServedApp({ repository: shop, databaseUrl: postgres.url });
  try {
    const real = await recordDeliveries(served.github);
    const rounds = await measureRounds(served, real);
    const rates = toMedians(rounds);
    await served.start('sallyport');
    const figures = await measureAlone(served, real, postgres.url);
    const baseline = describe(rates, ['probot', 'probotWithHandler']);
    return {
      figures: { ...describe(rates, ['sallyport']), ...figures },
      baseline,
      ratios: {
        'perSecond to probot': medianRatio(rounds, 'probot'),
        'perSecond to probotWithHandler': medianRatio(rounds, 'probotWithHandler'),
      },
      more: { bodyBytes: real.bytes, postgres: postgres.version },
    };
  } finally {
    await served.close();
  }
}

const shop = {
  owner: organization,
  name: shopName,
  source: { kind: 'files', files: { 'README.md': { content: '# Shop\n' } } },
  collaborators: { [people.maintainer.login]: 'maintain' },
  labels: [{ name: 'bug' }],
} as const;

interface Rate {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}
type Rates = Readonly<Record<Program, Rate>>;

/** Each receiver in each round, so that load from outside meets those of a round alike. */
async function measureRounds(served: ServedApp, real: RealDeliveries): Promise<readonly Rates[]> {
  const order = ['probot', 'sallyport', 'probotWithHandler'] as const;
  const seen: Rates[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const rates: Partial<Record<Program, Rate>> = {};
    for (const program of order) {
      await served.start(program);
      const receiver = receiverOf(served, program);
      await sendDeliveries(receiver, real.make(warmUpCount), { atOnce: full.atOnce });
      rates[program] = toRate(await sendDeliveries(receiver, real.make(full.count), full));
      await served.stop('SIGTERM');
    }
    seen.push(rates as Rates);
  }
  return seen;
}

function toMedians(seen: readonly Rates[]): Rates {
  const median = (program: Program): Rate => {
    const sorted = seen.map((each) => each[program]).sort((a, b) => a.perSecond - b.perSecond);
    return sorted[Math.floor(sorted.length / 2)] as Rate;
  };
  return {
    probot: median('probot'),
    sallyport: median('sallyport'),
    probotWithHandler: median('probotWithHandler'),
  };
}

/** Ratios within a round, and the median of those: what else the machine did changes both sides. */
function medianRatio(seen: readonly Rates[], to: Program): number {
  const ratios = seen.map((each) => ratio(each.sallyport.perSecond, each[to].perSecond));
  return percentile(ratios, 50);
}

async function measureAlone(served: ServedApp, real: RealDeliveries, databaseUrl: string) {
  const receiver = receiverOf(served, 'sallyport');
  await sendDeliveries(receiver, real.make(warmUpCount), { atOnce: full.atOnce });
  const count = steady.perSecond * steady.seconds;
  const database = await openPostgres(databaseUrl);
  try {
    // The rounds left work behind that no steady rate would have left.
    await untilDrained(database);
    const { eachMs } = await sendDeliveries(receiver, real.make(count), steady);
    await untilDrained(database);
    return {
      [`steady ${steady.perSecond}/s p50Ms`]: percentile(eachMs, 50),
      [`steady ${steady.perSecond}/s p99Ms`]: percentile(eachMs, 99),
      ...(await measureBurst(served, receiver, real, database)),
    };
  } finally {
    await database.close();
  }
}

function receiverOf({ url, secret }: ServedApp, program: Program) {
  return { url, secret, status: program === 'sallyport' ? 202 : 200 };
}

function toRate({ eachMs, allMs }: LoadTimes): Rate {
  return {
    perSecond: round((eachMs.length * 1000) / allMs),
    p50Ms: percentile(eachMs, 50),
    p99Ms: percentile(eachMs, 99),
  };
}

function describe(rates: Rates, names: readonly Program[]): Record<string, number> {
  return Object.fromEntries(
    names.flatMap((name) =>
      Object.entries(rates[name]).map(([key, value]) => [`${name} ${key}`, value]),
    ),
  );
}
