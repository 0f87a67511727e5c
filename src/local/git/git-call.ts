import type { Repository } from '#local/record/repository.ts';
import { AccessError, hasPermission } from '../api/access.ts';
import { actorOf } from '../api/identity.ts';
import { buildPushPayload, noreplyAddress, type RefChange } from '../api/push-payload.ts';
import { type Call, HttpError } from '../api/route.ts';
import { repositoryOf } from '../api/serve-api.ts';
import { findMoveRefusal } from '../rule/find-move-refusal.ts';
import { isRefName, ZERO_SHA } from './name.ts';
import { resolveCommit } from './object.ts';
import { deleteRef, updateRef } from './ref.ts';
import { hasRefs } from './ref-file.ts';
import type { Signature } from './signature.ts';
import { findWorkflowChange } from './workflow-change.ts';

/** Whether the caller may write workflows: people may, an App with the permission (for a person, too), a job never. */
export function canWriteWorkflows({ principal }: Pick<Call, 'principal'>): boolean {
  if (principal.kind === 'user')
    return !principal.via || hasPermission(principal.via.app, 'workflows:write');
  return principal.kind === 'installation' && hasPermission(principal, 'workflows:write');
}

/** Refuse the caller who may not write workflows: 403, and the header names the permission. */
export function refuseWorkflows(): HttpError {
  return new AccessError(['workflows:write']);
}

/** The caller as the author of a commit, now. */
export function signatureOf(call: Call): Signature {
  const actor = actorOf(call.principal);
  const date = call.world.now().toISOString();
  return { name: actor.name ?? actor.login, email: noreplyAddress(actor), date };
}

/** A repository with a commit in it. Throws 409 with GitHub's sentence for an empty one. */
export async function requireCommits(call: Call): Promise<Repository> {
  const repository = repositoryOf(call);
  if (!hasRefs(repository.gitDir)) throw new HttpError(409, 'Git Repository is empty.');
  return repository;
}

/** The commit that a branch, a tag or an id names; branches first, as on GitHub. */
export async function findCommit(
  repository: Repository,
  name: string,
): Promise<string | undefined> {
  const known = isRefName(`refs/heads/${name}`)
    ? await resolveCommit(repository.gitDir, `refs/heads/${name}`)
    : undefined;
  return known ?? resolveCommit(repository.gitDir, name);
}

/**
 * Move a reference for the caller, by compare-and-swap, and tell of it. Refuses what the caller may
 * not write and what a protected branch does not take.
 */
export async function moveRef(
  call: Call,
  ref: string,
  newSha: string,
  oldSha: string | null,
): Promise<void> {
  if (await tryMoveRef(call, ref, newSha, oldSha)) return;
  const message = oldSha === null ? 'Reference already exists' : 'Reference cannot be updated';
  throw new HttpError(422, message);
}

/** The same; false when another writer was faster. */
export async function tryMoveRef(
  call: Call,
  ref: string,
  newSha: string,
  oldSha: string | null,
): Promise<boolean> {
  const { gitDir } = repositoryOf(call);
  await checkRules(call, { ref, before: oldSha ?? ZERO_SHA, after: newSha });
  if (
    !canWriteWorkflows(call) &&
    (await findWorkflowChange(gitDir, newSha, [oldSha])) !== undefined
  )
    throw refuseWorkflows();
  const outcome = await updateRef(gitDir, ref, newSha, oldSha);
  if (outcome === 'moved') return false;
  if (outcome === 'refused') throw new HttpError(422, 'Reference update failed');
  await announcePush(call, { ref, before: oldSha ?? ZERO_SHA, after: newSha });
  return true;
}

/** Delete a reference for the caller, and tell of it. */
export async function dropRef(call: Call, ref: string, oldSha: string): Promise<void> {
  // Who could delete it could make it anew from other commits; git refuses it in the same words.
  if (ref === `refs/heads/${repositoryOf(call).defaultBranch}`)
    throw new HttpError(422, `refusing to delete the current branch: ${ref}`);
  await checkRules(call, { ref, before: oldSha, after: ZERO_SHA });
  const outcome = await deleteRef(repositoryOf(call).gitDir, ref, oldSha);
  if (outcome !== 'done') throw new HttpError(422, 'Reference cannot be deleted');
  await announcePush(call, { ref, before: oldSha, after: ZERO_SHA });
}

async function checkRules(call: Call, move: RefChange): Promise<void> {
  const actor = actorOf(call.principal);
  const refusal = await findMoveRefusal(call.world, repositoryOf(call), actor, move);
  if (refusal !== undefined) throw new HttpError(422, refusal);
}

/** GitHub tells of branches and tags; other references move in silence. */
export async function announcePush(call: Call, change: RefChange): Promise<void> {
  if (!/^refs\/(heads|tags)\//.test(change.ref)) return;
  const repository = repositoryOf(call);
  const sender = actorOf(call.principal);
  const payload = await buildPushPayload(call.world, repository, sender, change);
  call.world.emit('push', repository, sender, payload);
}
