import { access } from 'node:fs/promises';
import path from 'node:path';
import type { Repository } from '#local/record/repository.ts';
import { Fault } from '#model/fault.ts';
import { emptyRepository } from '../seed/seed.ts';
import type { World } from '../world.ts';

/** A repository as it is saved: its git directory below the data folder. */
export type SavedRepository = Repository;

/** The world's other collections by name: users, apps, teams and whatever else it keeps. */
export type SavedWorld = Readonly<Record<string, unknown>>;

/** Every repository, one at a time: each is read when it is asked for. */
export function* saveRepositories(world: World): Iterable<SavedRepository> {
  // The folder may have moved by the next time.
  for (const each of world.repositories.values())
    yield { ...each, gitDir: path.relative(world.dataDir, each.gitDir) };
}

/** Every other collection of the world is state; the rest of it is functions and addresses. */
export function saveWorld(world: World): SavedWorld {
  const collections = Object.entries(world).filter(
    ([name, value]) =>
      name !== 'repositories' &&
      (value instanceof Map || value instanceof Set || Array.isArray(value)),
  );
  return Object.fromEntries(collections);
}

/** Fill an empty world with what was saved. Throws CONFIG_INVALID when a git directory is gone. */
export async function restoreWorld(
  world: World,
  saved: SavedWorld,
  repositories: readonly SavedRepository[],
): Promise<void> {
  for (const [name, kept] of Object.entries(saved)) fill(Reflect.get(world, name), kept);
  for (const each of repositories) {
    const gitDir = path.join(world.dataDir, each.gitDir);
    await requireGitDir(gitDir);
    // What a later version keeps beside is empty at first.
    world.repositories.set(each.id, { ...emptyRepository(each), ...each, gitDir });
  }
}

/** Put what was kept into an empty collection of the same kind. */
function fill(collection: unknown, kept: unknown): void {
  if (collection instanceof Map && kept instanceof Map)
    for (const [key, each] of kept) collection.set(key, each);
  if (collection instanceof Set && kept instanceof Set)
    for (const each of kept) collection.add(each);
  if (Array.isArray(collection) && Array.isArray(kept)) collection.push(...kept);
}

async function requireGitDir(gitDir: string): Promise<void> {
  await access(path.join(gitDir, 'HEAD')).catch((cause) => {
    throw new Fault(
      'CONFIG_INVALID',
      `the repository ${gitDir} is gone: put it back, or name another folder with --data`,
      { cause },
    );
  });
}
