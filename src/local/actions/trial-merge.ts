import { noreplyAddress } from '#local/api/push-payload.ts';
import { writeTrialMerge } from '#local/git/merge.ts';
import { readParents, resolveCommit } from '#local/git/object.ts';
import { readRef, updateRef } from '#local/git/ref.ts';
import type { Repository } from '#local/record/repository.ts';
import type { World } from '#local/world.ts';
import type { ResolvedRef } from './repository-file.ts';

/** The two sides of a pull request. */
export interface Sides {
  readonly number: number;
  readonly headSha: string;
  readonly baseRef: string;
}

/**
 * The trial merge of a pull request with its base as both are now, kept as `refs/pull/N/merge`; the
 * one that is there already, when neither has moved. Undefined when they conflict.
 */
export async function makeTrialMerge(
  world: World,
  repository: Repository,
  sides: Sides,
): Promise<ResolvedRef | undefined> {
  const { gitDir } = repository;
  const ref = `refs/pull/${sides.number}/merge`;
  const base = await resolveCommit(gitDir, `refs/heads/${sides.baseRef}`);
  if (base === undefined) return undefined;
  const known = await readRef(gitDir, ref);
  if (known !== undefined && (await isMergeOf(gitDir, known.sha, base, sides.headSha)))
    return { ref, sha: known.sha };
  const author = world.users.get(repository.pulls.get(sides.number)?.authorId ?? 0);
  const login = author?.login ?? 'ghost';
  const sha = await writeTrialMerge(gitDir, base, {
    headSha: sides.headSha,
    message: `Merge ${sides.headSha} into ${base}`,
    author: { name: author?.name ?? login, email: author ? noreplyAddress(author) : '' },
  });
  if (sha === undefined) return undefined;
  // Another event may have been faster; its commit is as good, and this one is kept by its run.
  await updateRef(gitDir, ref, sha, known?.sha ?? null);
  return { ref, sha };
}

async function isMergeOf(gitDir: string, sha: string, base: string, head: string) {
  const [first, second, more] = await readParents(gitDir, sha);
  return first === base && second === head && more === undefined;
}
