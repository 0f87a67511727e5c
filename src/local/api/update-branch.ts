import { findMergeBase } from '../git/compare.ts';
import { mergePull } from '../git/merge.ts';
import { resolveCommit } from '../git/object.ts';
import type { Pull, Repository, User, World } from '../world.ts';
import { buildPushPayload, noreplyAddress } from './push-payload.ts';
import { HttpError } from './route.ts';

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
  if (expectedHead !== undefined && expectedHead !== pull.headSha)
    throw new HttpError(422, `expected head sha didn’t match current head ref.`);
  const base = await resolveCommit(gitDir, `refs/heads/${pull.baseRef}`);
  if (base === undefined) throw new HttpError(422, 'The base branch is gone.');
  if ((await findMergeBase(gitDir, base, pull.headSha)) === base)
    throw new HttpError(422, 'There are no new commits on the base branch.');
  const before = pull.headSha;
  const merged = await mergePull(gitDir, {
    baseRef: pull.headRef,
    headSha: base,
    method: 'merge',
    message: `Merge branch '${pull.baseRef}' into ${pull.headRef}`,
    author: { name: actor.name ?? actor.login, email: noreplyAddress(actor) },
  });
  if (!merged.ok)
    throw new HttpError(
      422,
      merged.reason === 'moved'
        ? 'expected head sha didn’t match current head ref.'
        : 'merge conflict between base and head',
    );
  const change = { ref: `refs/heads/${pull.headRef}`, before, after: merged.sha };
  world.emit('push', repository, actor, await buildPushPayload(world, repository, actor, change));
}
