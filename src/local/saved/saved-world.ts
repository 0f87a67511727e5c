import { access } from 'node:fs/promises';
import path from 'node:path';
import { Fault } from '#model/fault.ts';
import { emptyRepository } from '../seed/seed.ts';
import type { Repository, World } from '../world.ts';

/** The world's collections by name: users, repositories, apps and whatever else it keeps. */
export type SavedWorld = Readonly<Record<string, unknown>>;

/** Everything of the world that is a collection is state; the rest is functions and addresses. */
export function saveWorld(world: World): SavedWorld {
  const collections = Object.entries(world).filter(
    ([, value]) => value instanceof Map || value instanceof Set || Array.isArray(value),
  );
  const repositories = [...world.repositories.values()].map((each) => ({
    ...each,
    // The folder may have moved by the next time.
    gitDir: path.relative(world.dataDir, each.gitDir),
  }));
  return { ...Object.fromEntries(collections), repositories };
}

/** Fill an empty world with what was saved. Throws CONFIG_INVALID when a git directory is gone. */
export async function restoreWorld(world: World, saved: SavedWorld): Promise<void> {
  for (const [name, kept] of Object.entries(saved)) {
    const value: unknown = Reflect.get(world, name);
    if (value instanceof Map && kept instanceof Map)
      for (const [key, each] of kept) value.set(key, each);
    if (value instanceof Set && kept instanceof Set) for (const each of kept) value.add(each);
    if (Array.isArray(value) && Array.isArray(kept)) value.push(...kept);
  }
  for (const each of saved.repositories as readonly Repository[]) {
    const gitDir = path.join(world.dataDir, each.gitDir);
    await requireGitDir(gitDir);
    // What a later version keeps beside is empty at first.
    world.repositories.set(each.id, { ...emptyRepository(each), ...each, gitDir });
  }
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
