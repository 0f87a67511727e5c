import { createHash } from 'node:crypto';

/** How badly the network behaves. Chances are from 0 to 1; the default of each is 0. */
export interface Faults {
  /** The same seed gives the same faults, delivery by delivery. */
  readonly seed: number;
  /** Chance that a delivery never arrives. */
  readonly drop?: number;
  /** Chance that a delivery arrives twice, with the same GUID. */
  readonly duplicate?: number;
  /** Every delivery waits for up to so many milliseconds. */
  readonly delay?: number;
  /** Chance that a delivery arrives after the one that follows it. */
  readonly reorder?: number;
}

/** What happens to one delivery. */
export interface Fault {
  readonly isDropped: boolean;
  readonly isDuplicated: boolean;
  readonly delayMs: number;
  readonly isReordered: boolean;
}

/** A network without faults. */
export const WELL: Fault = {
  isDropped: false,
  isDuplicated: false,
  delayMs: 0,
  isReordered: false,
};

/** What happens to the delivery with this number, counted from 0 when the faults were set. */
export function planFault(faults: Faults, index: number): Fault {
  const [drop = 1, duplicate = 1, delay = 0, reorder = 1] = draw(faults.seed, index);
  return {
    isDropped: drop < (faults.drop ?? 0),
    isDuplicated: duplicate < (faults.duplicate ?? 0),
    delayMs: Math.floor(delay * (faults.delay ?? 0)),
    isReordered: reorder < (faults.reorder ?? 0),
  };
}

/** Four numbers from 0 up to 1, independent of each other and of other deliveries. */
function draw(seed: number, index: number): readonly number[] {
  const digest = createHash('sha256').update(`${seed}/${index}`).digest();
  return [0, 4, 8, 12].map((offset) => digest.readUInt32BE(offset) / 2 ** 32);
}
