import type { User } from '#local/record/account.ts';
import type { Pull } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import { findMergeBase } from '../git/compare.ts';
import { mergePull } from '../git/merge.ts';
import { readParents, resolveCommit } from '../git/object.ts';
import type { World } from '../world.ts';
import { buildPushPayload, noreplyAddress } from './push-payload.ts';
import { HttpError } from './route.ts';

const headMoved = 'expected head sha didn’t match current head ref.';
const nothingNew = 'There are no new commits on the base branch.';
const refusals = {
  moved: headMoved,
  missing: headMoved,
  nothing: nothingNew,
  conflict: 'merge conflict between base and head',
} as const;

/**
 * Bring the base's newest commits into the head by a merge, as the "Update branch" button does. Throws
 * 422 when the head is another than expected, has them already, or conflicts.
 */
export async function updateBranch(
  world: World,
  repository: Repository,
  actor: User,
  pull: Pull,
  expectedHead: string | undefined,
): Promise<void> {
  const { gitDir } = repository;
  if (pull.state === 'closed') throw new HttpError(422, 'The pull request is closed.');
  // The branch itself, not what was last told of it: another writer may just have moved it.
  const head = await resolveCommit(gitDir, `refs/heads/${pull.headRef}`);
  if (head === undefined) throw new HttpError(422, 'The head branch is gone.');
  if (expectedHead !== undefined && expectedHead !== head) throw new HttpError(422, headMoved);
  const base = await resolveCommit(gitDir, `refs/heads/${pull.baseRef}`);
  if (base === undefined) throw new HttpError(422, 'The base branch is gone.');
  if ((await findMergeBase(gitDir, base, head)) === base) throw new HttpError(422, nothingNew);
  const merged = await mergePull(gitDir, {
    baseRef: pull.headRef,
    headSha: base,
    method: 'merge',
    message: `Merge branch '${pull.baseRef}' into ${pull.headRef}`,
    author: { name: actor.name ?? actor.login, email: noreplyAddress(actor) },
  });
  if (!merged.ok) throw new HttpError(422, refusals[merged.reason]);
  const [before = head] = await readParents(gitDir, merged.sha);
  const change = { ref: `refs/heads/${pull.headRef}`, before, after: merged.sha };
  world.emit('push', repository, actor, await buildPushPayload(world, repository, actor, change));
}
