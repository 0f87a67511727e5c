// Pure: what all calls of one run may pass together.

/** Which way bytes go, seen from the sandbox. */
export type ByteSide = 'bytesOut' | 'bytesIn';

/** What fits is a channel that any host on the list is; a flood beyond it is a mistake or an attack. */
const runMax: Readonly<Record<ByteSide, number>> = {
  bytesOut: 2_000_000_000,
  bytesIn: 20_000_000_000,
};

/** Adds up and says when it is too much: once it is, it stays so. */
export interface ByteBudget {
  /** Why these bytes must not pass; null when they may. */
  add(side: ByteSide, bytes: number): string | null;
  isSpent(): boolean;
}

/** One budget for one run. */
export function createBudget(bytesMax = runMax): ByteBudget {
  const passed: Record<ByteSide, number> = { bytesOut: 0, bytesIn: 0 };
  const isOver = (side: ByteSide) => passed[side] > bytesMax[side];
  return {
    add(side, bytes) {
      passed[side] += bytes;
      return isOver(side) ? `all calls together had more than ${bytesMax[side]} bytes` : null;
    },
    isSpent: () => isOver('bytesOut') || isOver('bytesIn'),
  };
}
