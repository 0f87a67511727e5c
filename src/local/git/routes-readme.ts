import type { Reply } from '../api/operation.ts';
import { type Call, HttpError, routes } from '../api/route.ts';
import { repositoryOf } from '../api/serve-api.ts';
import { checkBlobSize } from './blob-size.ts';
import { findFile } from './find-file.ts';
import { findCommit } from './git-call.ts';
import { readBlob, readTree, type TreeEntry } from './object.ts';
import { below, kindOf, rawAnswer, renderPlainFile } from './render-contents.ts';
import { openView } from './render-git.ts';

/** The README of a repository, as its page and `gh repo view` show it. */
export const readmeRoutes = routes({
  'repos/get-readme': {
    method: 'GET',
    path: '/repos/{owner}/{repo}/readme',
    access: ['contents:read'],
    handle: getReadme,
  },
});

/** Where GitHub looks for a README, in this order, whatever its case and ending. */
const README_FOLDERS = ['.github', '', 'docs'] as const;

async function getReadme(call: Call): Promise<Reply<'repos/get-readme'>> {
  const repository = repositoryOf(call);
  const { gitDir } = repository;
  const ref = call.query.get('ref') ?? repository.defaultBranch;
  const commit = await findCommit(repository, ref);
  if (commit === undefined) throw new HttpError(404, `No commit found for the ref ${ref}`);
  const entry = await findReadme(gitDir, commit);
  if (entry === undefined) throw new HttpError(404, 'Not Found');
  checkBlobSize(entry.size ?? 0);
  const bytes = (await readBlob(gitDir, entry.sha)) ?? Buffer.alloc(0);
  if (/\braw\b/.test(call.headers.accept ?? '')) return rawAnswer(bytes);
  const view = await openView(call.world, repository);
  return { status: 200, body: renderPlainFile(view, ref, entry, bytes) };
}

async function findReadme(gitDir: string, commit: string): Promise<TreeEntry | undefined> {
  for (const folder of README_FOLDERS) {
    const isThere = folder === '' || (await findFile(gitDir, commit, folder))?.type === 'tree';
    const entries = isThere ? await readTree(gitDir, `${commit}:${folder}`, false) : [];
    const found = entries.find(
      (each) => kindOf(each) === 'file' && /^readme(\.[a-z]+)?$/i.test(each.path),
    );
    if (found) return below(folder, found);
  }
  return undefined;
}
