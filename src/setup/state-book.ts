/** One who showed the key and may create the App; each has the states that were given to it. */
export interface StateBook {
  /** A new session's name for the browser that showed the key; null for any other key. */
  admit(key: string): string | null;
  /** A new state for the form of this session; null when there is no such session. */
  issue(session: string): string | null;
  /** True once, for the session that the state was given to, within the hour. */
  spend(session: string, state: string): boolean;
}

/** A code of GitHub's is good for an hour, and so is the state that goes with it. */
const stateMs = 60 * 60_000;
/** Older ones fall off: pages that are loaded again and again must not fill the memory. */
const keptMax = 20;

/** Open an empty book for one key. `random` gives names nobody can guess, `now` milliseconds. */
export function openStateBook(
  isKey: (key: string) => boolean,
  { random, now }: { readonly random: () => string; readonly now: () => number },
): StateBook {
  const sessions = new Map<string, Map<string, number>>();
  return {
    admit: (key) => {
      if (!isKey(key)) return null;
      const session = random();
      sessions.set(session, new Map());
      dropOldest(sessions);
      return session;
    },
    issue: (session) => {
      const states = sessions.get(session);
      if (!states) return null;
      const state = random();
      states.set(state, now() + stateMs);
      dropOldest(states);
      return state;
    },
    spend: (session, state) => {
      const states = sessions.get(session);
      const until = states?.get(state);
      states?.delete(state);
      return until !== undefined && until > now();
    },
  };
}

function dropOldest(map: Map<string, unknown>): void {
  for (const name of map.keys()) {
    if (map.size <= keptMax) return;
    map.delete(name);
  }
}
