/**
 * Do something about what has changed since it was last done; false when nothing has. What fails is
 * not done: the next pass tries again.
 */
export type Once = (
  key: string,
  updatedAt: string,
  act: () => Promise<boolean>,
) => Promise<boolean>;

const lookedAtMax = 50_000;

/** What was done when, by its own clock: `updated_at` of issues and pulls. */
export function createOnce(): Once {
  const lookedAt = new Map<string, string>();
  return async (key, updatedAt, act) => {
    if (lookedAt.get(key) === updatedAt) return false;
    const isDone = await act();
    lookedAt.set(key, updatedAt);
    // Not for ever: what is asked about again costs a request, what is kept costs memory.
    if (lookedAt.size > lookedAtMax) lookedAt.delete(lookedAt.keys().next().value ?? key);
    return isDone;
  };
}
