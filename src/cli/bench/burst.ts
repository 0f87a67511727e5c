import type { Database } from '#postgres/database.ts';
import type { Receiver } from './delivery-load.ts';
import { sendDeliveries } from './delivery-load.ts';
import type { RealDeliveries } from './real-deliveries.ts';
import type { ServedApp } from './served-app.ts';
import { readResidentBytes } from './served-app.ts';
import { round } from './statistics.ts';

/** How many come at once, and in portions of how many they are made and sent. */
const burst = { count: 10_000, portion: 1_000, atOnce: 64 } as const;
const sampleEveryMs = 200;
/** Ten thousand jobs take a minute or two on a busy machine. */
const drainLimitMs = 600_000;

/**
 * Ten thousand deliveries as fast as they are taken, and the time until the queue is empty again.
 * Memory is sampled all the way: flat means that the burst's bytes are in the store, not in the
 * process. `github` counts the calls that all of this cost there.
 */
export async function measureBurst(
  served: ServedApp,
  receiver: Receiver,
  real: RealDeliveries,
  database: Database,
): Promise<Record<string, number>> {
  const callsBefore = served.github.requests().length;
  const memory = watchMemory(served.pid());
  let takenMs = 0;
  for (let sent = 0; sent < burst.count; sent += burst.portion) {
    // Made between the portions, so that signing is not what is measured.
    const portion = real.make(burst.portion);
    takenMs += (await sendDeliveries(receiver, portion, burst)).allMs;
  }
  const takenAt = performance.now();
  await untilDrained(database);
  const drainMs = performance.now() - takenAt;
  const { startMib, midMib, peakMib, endMib } = await memory.stop();
  return {
    'burst deliveries': burst.count,
    'burst perSecond': round((burst.count * 1000) / takenMs),
    'burst drainMs': round(drainMs),
    'burst rssStartMib': startMib,
    'burst rssHalfwayMib': midMib,
    'burst rssPeakMib': peakMib,
    'burst rssEndMib': endMib,
    'burst githubCalls': served.github.requests().length - callsBefore,
  };
}

/** Nothing is left to be entered or worked. Throws when jobs are left after the limit: a queue that hangs is said, not waited for. */
export async function untilDrained(database: Database): Promise<void> {
  const limit = Date.now() + drainLimitMs;
  for (;;) {
    const [left] = await database.query<{ count: number }>(
      `select (select count(*) from arrival) +
         (select count(*) from queue.job where state in ('created', 'retry', 'active')) as count`,
    );
    if (left?.count === 0) return;
    if (Date.now() > limit) {
      throw new Error(`${left?.count} jobs are left in the queue after ${drainLimitMs / 1000} s`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function watchMemory(pid: number) {
  const samples: number[] = [];
  const sample = async () => {
    samples.push(await readResidentBytes(pid));
  };
  const first = sample();
  const timer = setInterval(() => void sample(), sampleEveryMs);
  const toMib = (bytes: number | undefined) => Math.round((bytes ?? 0) / 2 ** 20);
  return {
    stop: async () => {
      clearInterval(timer);
      await first;
      await sample();
      return {
        startMib: toMib(samples[0]),
        midMib: toMib(samples[Math.floor(samples.length / 2)]),
        peakMib: toMib(Math.max(...samples)),
        endMib: toMib(samples.at(-1)),
      };
    },
  };
}
