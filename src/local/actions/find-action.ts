import { stat } from 'node:fs/promises';
import path from 'node:path';
import { ok, type Result, refuse } from '#model/result.ts';
import { type ActionManifest, readManifest } from './action-manifest.ts';
import type { BuiltinAction } from './builtin/builtin-action.ts';
import { builtinActions } from './builtin/builtin-actions.ts';
import type { JobState } from './job-state.ts';
import { resolveRef } from './repository-file.ts';
import { exportCommit } from './run-git.ts';

/** What a `uses:` stands for. */
export type FoundAction =
  | { readonly kind: 'builtin'; readonly name: string; readonly action: BuiltinAction }
  | {
      readonly kind: 'manifest';
      readonly manifest: ActionManifest;
      /** `owner/repo` and ref of a fetched action; empty for a local one. */
      readonly repository: string;
      readonly ref: string;
    };

const REMOTE = /^([A-Za-z0-9_.-]+)\/([A-Za-z0-9_.-]+)((?:\/[^@]*)?)@([^@\s]+)$/;

/** Find an action; those of other repositories are fetched into the job's own folder, once. */
export async function findAction(
  state: JobState,
  uses: string,
): Promise<Result<FoundAction, string>> {
  if (uses.startsWith('./')) return findLocal(state, uses);
  const parts = REMOTE.exec(uses);
  if (parts === null)
    return refuse(`expected "owner/repository/path@ref" or "./path" in uses, got "${uses}"`);
  const [, owner = '', name = '', folder = '', ref = ''] = parts;
  const builtin = builtinActions[`${owner}/${name}${folder}`.toLowerCase()];
  const repository = state.plan.host.world.repositoryByName(owner, name);
  if (repository === undefined && builtin !== undefined)
    return ok({ kind: 'builtin', name: `${owner}/${name}`, action: builtin });
  if (repository === undefined)
    return refuse(`action ${uses} is not available on the local runner`);
  // A private repository's actions are for its owner's repositories only, as on GitHub.
  if (repository.private && repository.ownerId !== state.plan.run.repository.ownerId)
    return refuse(`action ${uses} is not available to ${owner}`);
  const fetched = await fetchAction(state, `${owner}/${name}`, ref);
  if (!fetched.ok) return fetched;
  const manifest = await readManifest(path.join(fetched.value, folder.slice(1)));
  if (!manifest.ok) return refuse(`${uses}: ${manifest.refusal}`);
  return ok({
    kind: 'manifest',
    manifest: manifest.value,
    repository: `${owner}/${name}`,
    ref,
  });
}

async function findLocal(state: JobState, uses: string): Promise<Result<FoundAction, string>> {
  const { workspace } = state.folders;
  const folder = path.resolve(workspace, uses);
  if (folder !== workspace && !folder.startsWith(workspace + path.sep))
    return refuse(`expected a folder inside the workspace, got "${uses}"`);
  const manifest = await readManifest(folder);
  return manifest.ok
    ? ok({ kind: 'manifest', manifest: manifest.value, repository: '', ref: '' })
    : refuse(`${uses}: ${manifest.refusal}`);
}

async function fetchAction(
  state: JobState,
  name: string,
  ref: string,
): Promise<Result<string, string>> {
  const key = `${name}@${ref}`;
  const known = state.fetched.get(key);
  if (known !== undefined) return ok(known);
  const [owner = '', repo = ''] = name.split('/');
  const repository = state.plan.host.world.repositoryByName(owner, repo);
  const resolved = repository === undefined ? undefined : await resolveRef(repository, ref);
  if (repository === undefined || resolved === undefined)
    return refuse(`unable to resolve action ${key}: no such branch, tag or commit`);
  const folder = path.join(state.folders.actions, owner, `${repo}-${resolved.sha}`);
  if ((await stat(folder).catch(() => undefined)) === undefined)
    await exportCommit(repository.gitDir, resolved.sha, folder, state.plan.kill);
  state.fetched.set(key, folder);
  state.log.write(`Download action repository '${key}' (SHA:${resolved.sha})`);
  return ok(folder);
}
