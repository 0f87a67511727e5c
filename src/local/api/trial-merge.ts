import type { Pull } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import { writeTrialMerge } from '../git/merge.ts';
import { readParents, resolveCommit } from '../git/object.ts';
import { deleteRef, readRef, updateRef } from '../git/ref.ts';
import { inLine } from '../in-line.ts';
import type { World } from '../world.ts';
import { noreplyAddress } from './push-payload.ts';

/** The two sides of a pull request. */
export interface Sides {
  readonly number: number;
  readonly headSha: string;
  readonly baseRef: string;
}

/** A trial merge and the reference that clients know it by. */
export interface TrialMerge {
  readonly ref: string;
  readonly sha: string;
}

/**
 * The trial merge of a pull request with its base as it is now, kept as `refs/pull/N/merge`; the one
 * that is there already, when neither side has moved. Undefined when they conflict: then nothing is
 * kept there, lest somebody take an old merge for one of today. Sides that are not the pull request's
 * any more, as a late event has them, get their merge, and the reference stays.
 */
export function makeTrialMerge(
  world: World,
  repository: Repository,
  sides: Sides,
): Promise<TrialMerge | undefined> {
  const pull = repository.pulls.get(sides.number);
  if (pull === undefined) return mergeSides(world, repository, sides, undefined);
  return inLine(pull, async () => {
    const isNow = pull.headSha === sides.headSha && pull.baseRef === sides.baseRef;
    if (!isNow) return mergeSides(world, repository, sides, pull);
    const ref = mergeRef(sides);
    const known = (await readRef(repository.gitDir, ref))?.sha;
    const trial = await mergeSides(world, repository, sides, pull, known);
    if (trial === undefined) {
      if (known !== undefined) await deleteRef(repository.gitDir, ref, known);
      delete pull.trialMergeSha;
      return undefined;
    }
    if (trial.sha !== known) await updateRef(repository.gitDir, ref, trial.sha, known ?? null);
    pull.trialMergeSha = trial.sha;
    return trial;
  });
}

/** Keep `refs/pull/N/head` where the head is: it outlives the branch. */
export function keepPullHead({ gitDir }: Repository, pull: Pull): Promise<void> {
  return inLine(pull, async () => {
    const ref = `refs/pull/${pull.number}/head`;
    const known = (await readRef(gitDir, ref))?.sha ?? null;
    if (known !== pull.headSha) await updateRef(gitDir, ref, pull.headSha, known);
  });
}

function mergeRef({ number }: Pick<Sides, 'number'>): string {
  return `refs/pull/${number}/merge`;
}

// biome-ignore lint/complexity/useMaxParams: two sides, whose they are, and what is known of them.
async function mergeSides(
  world: World,
  { gitDir }: Repository,
  sides: Sides,
  pull: Pull | undefined,
  known?: string,
): Promise<TrialMerge | undefined> {
  const ref = mergeRef(sides);
  const base = await resolveCommit(gitDir, `refs/heads/${sides.baseRef}`);
  if (base === undefined) return undefined;
  if (known !== undefined && (await isMergeOf(gitDir, known, base, sides.headSha)))
    return { ref, sha: known };
  const author = world.users.get(pull?.authorId ?? 0);
  const login = author?.login ?? 'ghost';
  const sha = await world.track(
    writeTrialMerge(gitDir, base, {
      headSha: sides.headSha,
      message: `Merge ${sides.headSha} into ${base}`,
      author: { name: author?.name ?? login, email: author ? noreplyAddress(author) : '' },
    }),
  );
  return sha === undefined ? undefined : { ref, sha };
}

async function isMergeOf(gitDir: string, sha: string, base: string, head: string) {
  const [first, second, more] = await readParents(gitDir, sha);
  return first === base && second === head && more === undefined;
}
