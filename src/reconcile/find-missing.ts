/** One attempt of GitHub to deliver something, as its log shows it. */
export interface Attempt {
  readonly id: number;
  /** The same for every attempt at one delivery. */
  readonly guid: string;
  /** RFC 3339. */
  readonly at: string;
  /** What was answered; 0 when nobody answered. */
  readonly status: number;
}

/** What the log says about deliveries that never came in. */
export interface Missing {
  /** The newest attempt of each delivery that is worth asking for again. */
  readonly redeliver: readonly Attempt[];
  /** Deliveries that were asked for so often that asking again helps nobody. */
  readonly givenUp: readonly Attempt[];
  /** Id of the attempt up to which nothing is left to wait for: the log need not be read before it. */
  readonly settledTo: number;
}

/** What happened so lately may be told by a delivery that is on its way: it is not missing yet. */
export const onItsWayMs = 30_000;
const attemptsMax = 5;
/** What was refused for its content will be refused again. */
const refusedForGood = [400, 413, 415, 422];

/**
 * Which deliveries never came in. An answer of 2xx was given after the delivery was kept, so only a
 * delivery without one can be missing.
 */
export function findMissing(
  attempts: readonly Attempt[],
  kept: ReadonlySet<string>,
  now: Date,
): Missing {
  const byGuid = Map.groupBy(attempts, (attempt) => attempt.guid);
  const redeliver: Attempt[] = [];
  const givenUp: Attempt[] = [];
  const pending: number[] = [];
  for (const [guid, tries] of byGuid) {
    const newest = tries.reduce((a, b) => (b.id > a.id ? b : a));
    const isLate = now.getTime() - Date.parse(newest.at) >= onItsWayMs;
    if (kept.has(guid) || tries.some(isTaken)) continue;
    if (refusedForGood.includes(newest.status)) continue;
    if (tries.length >= attemptsMax) {
      givenUp.push(newest);
      continue;
    }
    pending.push(...tries.map((one) => one.id));
    if (isLate) redeliver.push(newest);
  }
  const last = Math.max(0, ...attempts.map((one) => one.id));
  return { redeliver, givenUp, settledTo: pending.length > 0 ? Math.min(...pending) - 1 : last };
}

function isTaken({ status }: Attempt): boolean {
  return status >= 200 && status < 300;
}
