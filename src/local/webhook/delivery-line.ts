import type { Fault } from './fault-schedule.ts';

/** A delivery that is to arrive late waits so long for another to overtake it. */
const OVERTAKE_MS = 50;

/** What a line does with its items. */
export interface LineParts<T> {
  /** Called once for each item, in the order they were added. */
  readonly plan: () => Fault;
  readonly send: (item: T, fault: Fault) => Promise<void>;
}

/** One queue for each receiver: what is added goes out one after the other. */
export interface Line<T> {
  add(receiver: number, item: T): void;
  /** Items that wait or are on their way. */
  inFlight(): number;
}

/** Open a line. An item that fails to be sent is gone; the next ones go on. */
export function openLine<T>({ plan, send }: LineParts<T>): Line<T> {
  const tails = new Map<number, Promise<void>>();
  const held = new Map<number, () => void>();
  let waiting = 0;

  function append(receiver: number, item: T, fault: Fault): void {
    waiting += 1;
    const before = tails.get(receiver) ?? Promise.resolve();
    const after = before
      .then(() => sleep(fault.delayMs))
      .then(() => send(item, fault))
      .catch(() => undefined)
      .then(() => {
        waiting -= 1;
      });
    tails.set(receiver, after);
  }

  function release(receiver: number): void {
    const go = held.get(receiver);
    held.delete(receiver);
    go?.();
  }

  /** Let the next item pass; go alone when none comes. */
  function hold(receiver: number, go: () => void): void {
    waiting += 1;
    const timer = setTimeout(() => release(receiver), OVERTAKE_MS);
    held.set(receiver, () => {
      clearTimeout(timer);
      waiting -= 1;
      go();
    });
  }

  return {
    add: (receiver, item) => {
      const fault = plan();
      const times = fault.isDuplicated ? 2 : 1;
      const go = () => {
        for (let i = 0; i < times; i += 1) append(receiver, item, fault);
      };
      if (fault.isReordered && !held.has(receiver)) return hold(receiver, go);
      go();
      release(receiver);
    },
    inFlight: () => waiting,
  };
}

function sleep(ms: number): Promise<void> {
  return ms === 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms));
}
