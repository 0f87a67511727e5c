/** How many failures one client may have at once, and how soon it may have the next. */
export interface Allowance {
  readonly atOnce: number;
  /** Milliseconds in which one failure is forgotten. */
  readonly everyMs: number;
  /** Clients that are remembered; past it, who failed longest ago is forgotten. */
  readonly clientsMax: number;
}

export interface FailureLimit {
  /** Milliseconds until this client is heard again; 0 when it is heard now. */
  waitOf(client: string): number;
  /** It asked for something and did not get it. */
  note(client: string): void;
}

/**
 * A limit on failures, not on requests: who is given what it asks for may ask as often as it likes. One number
 * a client, the time at which all its failures are forgotten (the generic cell rate algorithm of ITU-T I.371).
 */
export function limitFailures(
  { atOnce, everyMs, clientsMax }: Allowance,
  now: () => number,
): FailureLimit {
  const clearAt = new Map<string, number>();
  return {
    waitOf: (client) => {
      const over = (clearAt.get(client) ?? 0) - now() - (atOnce - 1) * everyMs;
      return Math.max(0, over);
    },
    note: (client) => {
      const clear = Math.max(clearAt.get(client) ?? 0, now()) + everyMs;
      // Set anew, so that the map is in the order of last failures.
      clearAt.delete(client);
      clearAt.set(client, clear);
      if (clearAt.size <= clientsMax) return;
      const [oldest] = clearAt.keys();
      if (oldest !== undefined) clearAt.delete(oldest);
    },
  };
}
