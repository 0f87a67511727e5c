import { openPostgres } from '#postgres/database.ts';
import { organization, people, shopName } from '../demo/shop.ts';
import { measureBurst } from './burst.ts';
import type { LoadTimes } from './delivery-load.ts';
import { sendDeliveries } from './delivery-load.ts';
import type { Measurement } from './measurement.ts';
import { startOwnPostgres } from './own-postgres.ts';
import type { RealDeliveries } from './real-deliveries.ts';
import { recordDeliveries } from './real-deliveries.ts';
import type { ServedApp } from './served-app.ts';
import { openServedApp, type programs } from './served-app.ts';
import { percentile, ratio, round } from './statistics.ts';

type Program = keyof typeof programs;

/** Sent first and not counted: code is compiled and connections are opened once. */
const warmUpCount = 600;
const full = { count: 3000, atOnce: 64 } as const;
/** Each receiver in turn, so that load from outside meets them alike. */
const rounds = 3;
const steady = { perSecond: 300, seconds: 10 } as const;

/**
 * How fast the App takes deliveries for good, on PostgreSQL, beside bare Probot that keeps nothing:
 * the same bodies, the same sender, each receiver in a process of its own. Then a steady rate, and a
 * burst whose work the queue has to do.
 */
export async function measureIngress(): Promise<Measurement> {
  const postgres = await startOwnPostgres();
  const served = await openServedApp({ repository: shop, databaseUrl: postgres.url });
  try {
    const real = await recordDeliveries(served.github);
    const rates = await measureRates(served, real);
    await served.start('sallyport');
    const figures = await measureAlone(served, real, postgres.url);
    const baseline = describe(rates, ['probot', 'probotWithHandler']);
    const own = rates.sallyport;
    return {
      figures: { ...describe(rates, ['sallyport']), ...figures },
      baseline,
      ratios: {
        'perSecond to probot': ratio(own.perSecond, rates.probot.perSecond),
        'perSecond to probotWithHandler': ratio(own.perSecond, rates.probotWithHandler.perSecond),
      },
      more: { bodyBytes: real.bytes, postgres: postgres.version },
    };
  } finally {
    await served.close();
    await postgres.close();
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

/** The median of the rounds. */
async function measureRates(served: ServedApp, real: RealDeliveries): Promise<Rates> {
  const order = ['probot', 'sallyport', 'probotWithHandler'] as const;
  const seen: Record<Program, Rate[]> = { probot: [], sallyport: [], probotWithHandler: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const program of order) {
      await served.start(program);
      const receiver = receiverOf(served, program);
      await sendDeliveries(receiver, real.make(warmUpCount), { atOnce: full.atOnce });
      const times = await sendDeliveries(receiver, real.make(full.count), full);
      seen[program].push(toRate(times));
      await served.stop('SIGTERM');
    }
  }
  const median = (program: Program): Rate => {
    const sorted = [...seen[program]].sort((a, b) => a.perSecond - b.perSecond);
    return sorted[Math.floor(rounds / 2)] as Rate;
  };
  return {
    probot: median('probot'),
    sallyport: median('sallyport'),
    probotWithHandler: median('probotWithHandler'),
  };
}

async function measureAlone(served: ServedApp, real: RealDeliveries, databaseUrl: string) {
  const receiver = receiverOf(served, 'sallyport');
  await sendDeliveries(receiver, real.make(warmUpCount), { atOnce: full.atOnce });
  const count = steady.perSecond * steady.seconds;
  const { eachMs } = await sendDeliveries(receiver, real.make(count), steady);
  const database = await openPostgres(databaseUrl);
  try {
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
