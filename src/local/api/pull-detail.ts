import type { Pull } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import { compareCommits } from '../git/compare.ts';
import { resolveCommit } from '../git/object.ts';
import type { World } from '../world.ts';
import { toFigures } from './announce-pull.ts';
import { readRuleState } from './merge-rules.ts';
import type { PullDetail } from './render-pull.ts';
import { makeTrialMerge } from './trial-merge.ts';

/** What changes between a pull request's base and head, as git sees it now. */
export async function comparePull(repository: Repository, pull: Pull) {
  // After the merge the base holds the head: only the recorded base still shows the change.
  const base = pull.merged
    ? pull.baseSha
    : ((await resolveCommit(repository.gitDir, `refs/heads/${pull.baseRef}`)) ?? pull.baseSha);
  return compareCommits(repository.gitDir, base, pull.headSha);
}

/** The figures and the merge state of one pull request. */
export async function readPullDetail(
  world: World,
  repository: Repository,
  pull: Pull,
): Promise<PullDetail> {
  const comparison = await comparePull(repository, pull);
  const state = await readMergeState(world, repository, pull);
  return { ...state, ...toFigures(comparison) };
}

/** Whether git can merge it, and what stands in the way. */
export async function readMergeState(
  world: World,
  repository: Repository,
  pull: Pull,
): Promise<Pick<PullDetail, 'mergeable' | 'mergeableState'>> {
  if (pull.state === 'closed') return { mergeable: null, mergeableState: 'unknown' };
  const mergeable = (await makeTrialMerge(world, repository, pull)) !== undefined;
  if (!mergeable) return { mergeable, mergeableState: 'dirty' };
  if (pull.draft) return { mergeable, mergeableState: 'draft' };
  return { mergeable, mergeableState: await readRuleState(world, repository, pull) };
}
