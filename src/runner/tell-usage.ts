import { setTimeout as wait } from 'node:timers/promises';
import type { ModelUsage } from '#model/model-usage.ts';

/** Tells the App what the agent has used, while it works. */
export interface UsageTeller {
  note(usage: ModelUsage): void;
  /** The last word has been told, or could not be. */
  end(): Promise<void>;
}

/** A look at the page is not worth more than this. */
const everyMs = 3_000;

/**
 * Tell the newest usage, one report at a time and not more often than people look. A report that fails is
 * not told again: a newer one follows, and the whole is in the change set.
 */
export function tellUsage(
  send: (usage: ModelUsage) => Promise<unknown>,
  pause: (ms: number) => Promise<unknown> = (ms) => wait(ms, undefined, { ref: false }),
): UsageTeller {
  let next: ModelUsage | null = null;
  let isTelling = false;
  const tellNext = async () => {
    const usage = next;
    next = null;
    if (usage !== null) await send(usage).catch(() => undefined);
  };
  const tellAll = async () => {
    isTelling = true;
    while (next !== null) {
      await tellNext();
      await pause(everyMs);
    }
    isTelling = false;
  };
  return {
    note: (usage) => {
      next = usage;
      if (!isTelling) void tellAll();
    },
    end: tellNext,
  };
}
