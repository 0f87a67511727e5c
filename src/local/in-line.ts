const lines = new WeakMap<object, Promise<unknown>>();

/** Run one piece of work on a thing (a repository, a pull request) after all that were asked for before. */
export function inLine<T>(thing: object, work: () => Promise<T>): Promise<T> {
  const before = lines.get(thing) ?? Promise.resolve();
  const mine = before.then(work);
  // One that fails is told to who asked for it; the next goes on.
  lines.set(
    thing,
    mine.catch(() => undefined),
  );
  return mine;
}
