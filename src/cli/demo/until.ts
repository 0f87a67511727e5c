import { Fault } from '#model/fault.ts';

/** How often a condition is looked at: quick enough to be live, slow enough to cost nothing. */
const lookEveryMs = 100;

/** Look until something is there. After the limit, fail with what was waited for. */
export async function until<T>(
  what: string,
  limitMs: number,
  look: () => Promise<T | undefined>,
  signal?: AbortSignal,
): Promise<T> {
  const end = Date.now() + limitMs;
  for (;;) {
    signal?.throwIfAborted();
    const seen = await look();
    if (seen !== undefined) return seen;
    if (Date.now() > end) {
      throw new Fault(
        'LOCAL_GITHUB',
        `waited ${Math.round(limitMs / 1000)} s for ${what}, and it did not come`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}
