import type { Repository } from '#local/record/repository.ts';

const lines = new WeakMap<Repository, Promise<unknown>>();

/** Run one piece of work on a repository's merge queue after all that were asked for before. */
export function inLine<T>(repository: Repository, work: () => Promise<T>): Promise<T> {
  const before = lines.get(repository) ?? Promise.resolve();
  const mine = before.then(work);
  // One that fails is told to who asked for it; the next goes on.
  lines.set(
    repository,
    mine.catch(() => undefined),
  );
  return mine;
}
