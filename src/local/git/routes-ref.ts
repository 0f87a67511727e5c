import { invalid, requiredText } from '../api/field.ts';
import type { Reply } from '../api/operation.ts';
import { paginate } from '../api/paginate.ts';
import { type Call, HttpError, routes } from '../api/route.ts';
import { repositoryOf } from '../api/serve-api.ts';
import { isAncestor } from './ancestor.ts';
import { dropRef, moveRef, requireCommits } from './git-call.ts';
import { isRefName } from './name.ts';
import { findTypes } from './object.ts';
import { listRefs, readRef } from './ref.ts';
import { openView, renderRef } from './render-git.ts';

const READ = ['contents:read'] as const;
const WRITE = ['contents:write'] as const;
const GIT = '/repos/{owner}/{repo}/git';

/** References of the Git data API. */
export const refRoutes = routes({
  'git/create-ref': {
    method: 'POST',
    path: `${GIT}/refs`,
    access: WRITE,
    handle: createRef,
  },
  'git/get-ref': {
    method: 'GET',
    path: `${GIT}/ref/{ref}`,
    access: READ,
    handle: getRef,
  },
  'git/list-matching-refs': {
    method: 'GET',
    path: `${GIT}/matching-refs/{ref}`,
    access: READ,
    handle: listMatching,
  },
  'git/update-ref': {
    method: 'PATCH',
    path: `${GIT}/refs/{ref}`,
    access: WRITE,
    handle: changeRef,
  },
  'git/delete-ref': {
    method: 'DELETE',
    path: `${GIT}/refs/{ref}`,
    access: WRITE,
    handle: removeRef,
  },
});

async function createRef(call: Call): Promise<Reply<'git/create-ref'>> {
  const { gitDir } = await requireCommits(call);
  const ref = requiredText(call.body, 'ref');
  const sha = requiredText(call.body, 'sha');
  if (!/^refs\/[^/]+\/./.test(ref))
    throw new HttpError(
      422,
      "Reference name must start with 'refs' and contain at least two slashes.",
    );
  if (!isRefName(ref)) throw new HttpError(422, `${ref} is not a valid ref name.`);
  await requireObject(gitDir, ref, sha);
  if (await readRef(gitDir, ref)) throw new HttpError(422, 'Reference already exists');
  await moveRef(call, ref, sha, null);
  return { status: 201, body: await describeRef(call, ref) };
}

async function getRef(call: Call): Promise<Reply<'git/get-ref'>> {
  await requireCommits(call);
  return { status: 200, body: await describeRef(call, `refs/${call.params.ref}`) };
}

async function describeRef(call: Call, name: string) {
  const repository = repositoryOf(call);
  const ref = await readRef(repository.gitDir, name);
  if (!ref) throw new HttpError(404, 'Not Found');
  return renderRef(await openView(call.world, repository), ref);
}

async function listMatching(call: Call): Promise<Reply<'git/list-matching-refs'>> {
  const repository = await requireCommits(call);
  const refs = await listRefs(repository.gitDir, `refs/${call.params.ref}`);
  const view = await openView(call.world, repository);
  return paginate(call, refs, (ref) => renderRef(view, ref));
}

async function changeRef(call: Call): Promise<Reply<'git/update-ref'>> {
  const { gitDir } = await requireCommits(call);
  const name = `refs/${call.params.ref}`;
  const sha = requiredText(call.body, 'sha');
  const { force = false } = call.body;
  if (typeof force !== 'boolean') throw invalid('force', 'invalid', 'force is not a boolean.');
  const ref = await readRef(gitDir, name);
  if (!ref) throw new HttpError(422, 'Reference does not exist');
  await requireObject(gitDir, name, sha);
  if (!force && !(await isAncestor(gitDir, ref.sha, sha)))
    throw new HttpError(422, 'Update is not a fast forward');
  if (ref.sha !== sha) await moveRef(call, name, sha, ref.sha);
  return { status: 200, body: await describeRef(call, name) };
}

async function removeRef(call: Call): Promise<Reply<'git/delete-ref'>> {
  const { gitDir } = await requireCommits(call);
  const ref = await readRef(gitDir, `refs/${call.params.ref}`);
  if (!ref) throw new HttpError(422, 'Reference does not exist');
  await dropRef(call, ref.ref, ref.sha);
  return { status: 204 };
}

async function requireObject(gitDir: string, ref: string, sha: string): Promise<void> {
  const [type] = await findTypes(gitDir, [sha]);
  if (type === undefined) throw new HttpError(422, 'Object does not exist');
  if (ref.startsWith('refs/heads/') && type !== 'commit')
    throw new HttpError(422, 'Object is not a commit');
}
