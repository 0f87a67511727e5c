import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Repository } from '#local/record/repository.ts';
import { followPush } from '../api/follow-push.ts';
import { ZERO_SHA } from '../git/name.ts';
import { listRefs } from '../git/ref.ts';
import type { World } from '../world.ts';

/**
 * Bring the state in line with git after a crash. git writes a reference before the state hears of
 * it, so the last push may be in git alone: open pull requests follow their branches now.
 */
export async function reconcileWithGit(world: World): Promise<void> {
  for (const repository of world.repositories.values()) {
    await removeGitLocks(repository.gitDir);
    await followBranches(world, repository);
  }
}

async function followBranches(world: World, repository: Repository): Promise<void> {
  const open = [...repository.pulls.values()].filter(({ state }) => state === 'open');
  if (open.length === 0) return;
  const heads = await listRefs(repository.gitDir, 'refs/heads/');
  const shaByRef = new Map(heads.map(({ ref, sha }) => [ref, sha]));
  for (const pull of open) {
    const ref = `refs/heads/${pull.headRef}`;
    const after = shaByRef.get(ref) ?? ZERO_SHA;
    const author = world.users.get(pull.authorId);
    if (after !== pull.headSha && author) followPush(world, repository, author, { ref, after });
  }
}

/** A git process that was killed leaves its locks; every later change of that reference would fail. */
async function removeGitLocks(gitDir: string): Promise<void> {
  const top = await readdir(gitDir);
  const refs = await readdir(path.join(gitDir, 'refs'), { recursive: true });
  const locks = [...top, ...refs.map((name) => path.join('refs', name))];
  for (const name of locks.filter((each) => each.endsWith('.lock')))
    await rm(path.join(gitDir, name), { force: true });
}
