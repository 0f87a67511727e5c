import { setTimeout as sleep } from 'node:timers/promises';
import type { Edges } from './edges.ts';

/** What another replica kept and could not enter, because it died, is looked for this often. */
const lookEveryMs = 2_000;
/** What comes within so long is entered together: nobody notices, and a busy day costs a tenth. */
const gatherMs = 25;

/** Brings accepted deliveries into the ledger and the queue, beside the listener and never before it. */
export interface Entering {
  /** Something was accepted; nothing happens before the start. */
  soon(): void;
  start(): void;
  /** Resolves when nothing is under way; what is left is entered at the next start. */
  stop(): Promise<void>;
}

/** One pass at a time, asked for by whoever accepted something, and by the clock. */
export function composeEntering({ deliveries, say }: Edges): Entering {
  let timer: NodeJS.Timeout | undefined;
  let isAsked = false;
  let running: Promise<void> | undefined;
  const pass = async () => {
    while (isAsked && timer) {
      await sleep(gatherMs);
      isAsked = false;
      await deliveries.untilCalm();
      await deliveries.enter().catch((error: unknown) => say(`ingress: ${String(error)}`));
    }
    running = undefined;
  };
  const soon = () => {
    isAsked = true;
    if (timer) running ??= pass();
  };
  return {
    soon,
    start: () => {
      timer = setInterval(soon, lookEveryMs);
      soon();
    },
    stop: async () => {
      clearInterval(timer);
      timer = undefined;
      await running;
    },
  };
}
