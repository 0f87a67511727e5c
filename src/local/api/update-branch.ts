import type { User } from '#local/record/account.ts';
import type { Pull } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import { findMergeBase } from '../git/compare.ts';
import { moveTo, writeMerge } from '../git/merge.ts';
import { resolveCommit } from '../git/object.ts';
import { findMoveRefusal } from '../rule/find-move-refusal.ts';
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

/** How an update is asked for. */
export interface UpdateRequest {
  readonly method: 'merge' | 'rebase';
  /** The head that the caller has seen; the update stops when it has moved. */
  readonly expectedHead: string | undefined;
}

/**
 * Bring the base's newest commits into the head, by a merge or by putting the head's commits on top of
 * them, as the "Update branch" button does. Throws 422 when the head is another than expected, has them
 * already or conflicts, and when the rules of the head branch do not let the account push there.
 */
export async function updateBranch(
  world: World,
  repository: Repository,
  actor: User,
  pull: Pull,
  { method, expectedHead }: UpdateRequest,
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
  const join = method === 'merge' ? { on: head, add: base } : { on: base, add: head };
  const made = await writeMerge(gitDir, join.on, {
    headSha: join.add,
    method,
    message: `Merge branch '${pull.baseRef}' into ${pull.headRef}`,
    author: { name: actor.name ?? actor.login, email: noreplyAddress(actor) },
  });
  if (!made.ok) throw new HttpError(422, refusals[made.reason]);
  const change = { ref: `refs/heads/${pull.headRef}`, before: head, after: made.sha };
  const refusal = await findMoveRefusal(world, repository, actor, change);
  if (refusal !== undefined) throw new HttpError(422, refusal);
  const moved = await moveTo(gitDir, { ref: change.ref, sha: head }, made.sha);
  if (!moved.ok) throw new HttpError(422, refusals[moved.reason]);
  world.emit('push', repository, actor, await buildPushPayload(world, repository, actor, change));
}
