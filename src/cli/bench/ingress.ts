import { assert } from '#model/fault.ts';
import { startBareReceiver } from './bare-receiver.ts';
import type { LoadTimes, Receiver } from './delivery-load.ts';
import { sendDeliveries } from './delivery-load.ts';
import type { Measurement } from './measurement.ts';
import { withShop } from './shop-journey.ts';
import { percentile, ratio, round } from './statistics.ts';

/** How many deliveries are on their way at once, and how many are sent so: a burst is short. */
const loads = [
  { name: 'c1', atOnce: 1, count: 200 },
  { name: 'c8', atOnce: 8, count: 400 },
] as const;
/** Sent first and not counted: code is compiled and connections are opened once. */
const warmUp = { atOnce: 4, count: 40 };

/**
 * How fast the App answers a delivery: verified, recorded in one transaction with its queue job, and
 * answered. Sender, App and database share one process here; on its own the App is faster.
 */
export function measureIngress(): Promise<Measurement> {
  return withShop(async ({ factory }) => {
    assert(factory.github.app, 'the seed registers the App');
    const secret = factory.github.app.webhookSecret;
    const bare = await startBareReceiver(secret);
    try {
      const baseline = await measureReceiver({ url: bare.url, secret, status: 202 });
      const url = `${factory.app.url}/api/github/webhooks`;
      const figures = await measureReceiver({ url, secret, status: 202 }, factory.app.idle);
      const names = Object.keys(figures).filter((name) => name in baseline);
      const ratios = names.map((name) => [name, ratio(figures[name] ?? 0, baseline[name] ?? 0)]);
      return { figures, baseline, ratios: Object.fromEntries(ratios) };
    } finally {
      await bare.close();
    }
  });
}

/** With `idle`, also how long the queue worked on after the last answer: work no sender waits for. */
async function measureReceiver(
  receiver: Receiver,
  idle?: () => Promise<void>,
): Promise<Record<string, number>> {
  const figures: Record<string, number> = {};
  await sendDeliveries(receiver, warmUp);
  await idle?.();
  for (const { name, ...load } of loads) {
    Object.assign(figures, describeTimes(name, await sendDeliveries(receiver, load)));
    if (!idle) continue;
    const answeredAt = performance.now();
    await idle();
    figures[`${name} queueDrainMs`] = round(performance.now() - answeredAt);
  }
  return figures;
}

function describeTimes(name: string, { eachMs, allMs }: LoadTimes): Record<string, number> {
  return {
    [`${name} p50Ms`]: percentile(eachMs, 50),
    [`${name} p99Ms`]: percentile(eachMs, 99),
    [`${name} perSecond`]: round((eachMs.length * 1000) / allMs),
  };
}
