import { listChangedPaths } from '#local/git/changed-paths.ts';
import { findMergeBase } from '#local/git/compare.ts';
import { listNewCommits } from '#local/git/new-commits.ts';
import { readCommit, resolveCommit } from '#local/git/object.ts';
import type { Repository } from '#local/record/repository.ts';
import type { JsonObject } from '#model/json.ts';
import { isObject } from './yaml-reader.ts';

const NO_COMMIT = /^0+$/;

/**
 * The files that `paths` filters are held against: for a pull request what its head changes since it
 * left the base, for a push what lies between the two commits, for a new branch what its commits
 * bring. Undefined where GitHub looks at no paths: tags and every other event.
 */
export async function listChangedFiles(
  repository: Repository,
  event: string,
  payload: JsonObject,
): Promise<readonly string[] | undefined> {
  const range = await (event === 'push'
    ? pushRange(repository, payload)
    : event === 'pull_request' || event === 'pull_request_target'
      ? pullRange(repository, payload)
      : undefined);
  if (range === undefined) return undefined;
  const trees = range.map(async (sha) =>
    sha === null ? null : (await readCommit(repository.gitDir, sha)).tree,
  );
  const [from = null, to] = await Promise.all(trees);
  if (!to) return undefined;
  const { added, removed, modified } = await listChangedPaths(repository.gitDir, from, to);
  return [...added, ...removed, ...modified];
}

type Range = readonly [from: string | null, to: string];

async function pushRange(repository: Repository, payload: JsonObject): Promise<Range | undefined> {
  const { ref, before, after } = payload;
  if (typeof ref !== 'string' || typeof after !== 'string') return undefined;
  if (!ref.startsWith('refs/heads/')) return undefined;
  if (typeof before === 'string' && !NO_COMMIT.test(before)) return [before, after];
  const main = `refs/heads/${repository.defaultBranch}`;
  const known = ref === main ? undefined : await resolveCommit(repository.gitDir, main);
  const [oldest] = await listNewCommits(repository.gitDir, known ?? null, after);
  return [oldest === undefined ? after : (oldest.parents[0] ?? null), after];
}

async function pullRange(repository: Repository, payload: JsonObject): Promise<Range | undefined> {
  const pull = payload.pull_request;
  if (!isObject(pull) || !isObject(pull.head) || !isObject(pull.base)) return undefined;
  const head = String(pull.head.sha);
  // After the merge the base holds the head: only the recorded base still shows the change.
  const now =
    pull.merged === true
      ? undefined
      : await resolveCommit(repository.gitDir, `refs/heads/${String(pull.base.ref)}`);
  return [await findMergeBase(repository.gitDir, now ?? String(pull.base.sha), head), head];
}
