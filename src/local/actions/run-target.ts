import { makeTrialMerge } from '#local/api/trial-merge.ts';
import type { Repository } from '#local/record/repository.ts';
import type { World } from '#local/world.ts';
import type { JsonObject } from '#model/json.ts';
import { resolveRef } from './repository-file.ts';
import type { RunRequest } from './runs.ts';
import { isObject } from './yaml-reader.ts';

/** What an event's runs are made of: the ref and commit they run, the commit they are shown at. */
export type Target = Pick<
  RunRequest,
  'ref' | 'sha' | 'headSha' | 'headBranch' | 'headRef' | 'baseRef' | 'title'
>;

const NO_COMMIT = /^0+$/;

/** Where an event's workflows run; undefined for an event that starts none. */
export async function findTarget(occurrence: {
  readonly world: World;
  readonly repository: Repository;
  readonly name: string;
  readonly payload: JsonObject;
}): Promise<Target | undefined> {
  const { world, name, payload, repository } = occurrence;
  if (name === 'push') return pushTarget(payload);
  if (name === 'merge_group') return groupTarget(payload);
  if (name === 'pull_request' || /^pull_request_review/.test(name))
    return pullTarget(world, repository, payload);
  const branch = repository.defaultBranch;
  const head = await resolveRef(repository, `refs/heads/${branch}`);
  if (head === undefined) return undefined;
  const base = name === 'pull_request_target' ? sidesOf(payload) : undefined;
  return {
    ...head,
    headSha: head.sha,
    headBranch: branch,
    headRef: base?.headRef ?? '',
    baseRef: base?.baseRef ?? '',
    title: titleOf(payload),
  };
}

function pushTarget(payload: JsonObject): Target | undefined {
  const { ref, after } = payload;
  if (typeof ref !== 'string' || typeof after !== 'string' || NO_COMMIT.test(after))
    return undefined;
  // Only branches and tags start workflows: refs of our own (evidence) do not.
  const headBranch = /^refs\/(?:heads|tags)\/(.+)$/.exec(ref)?.[1];
  if (headBranch === undefined) return undefined;
  const title = titleOf(payload);
  return { ref, sha: after, headSha: after, headBranch, headRef: '', baseRef: '', title };
}

function groupTarget(payload: JsonObject): Target | undefined {
  const group = payload.merge_group;
  if (!isObject(group)) return undefined;
  const { head_ref: ref, head_sha: sha } = group;
  if (typeof ref !== 'string' || typeof sha !== 'string') return undefined;
  const headBranch = ref.replace(/^refs\/heads\//, '');
  const title = titleOf(payload);
  return { ref, sha, headSha: sha, headBranch, headRef: '', baseRef: '', title };
}

// The trial merge is what runs; where there is none, because of a conflict, nothing does. After the
// merge it is the base branch itself.
async function pullTarget(
  world: World,
  repository: Repository,
  payload: JsonObject,
): Promise<Target | undefined> {
  const sides = sidesOf(payload);
  if (sides === undefined) return undefined;
  const { number, headSha, headRef, baseRef, mergedAs } = sides;
  const shown = { headSha, headBranch: headRef, headRef, baseRef, title: titleOf(payload) };
  if (mergedAs !== undefined) return { ...shown, ref: `refs/heads/${baseRef}`, sha: mergedAs };
  const trial = await makeTrialMerge(world, repository, { number, headSha, baseRef });
  return trial === undefined ? undefined : { ...shown, ...trial };
}

function sidesOf(payload: JsonObject) {
  const pull = payload.pull_request;
  if (!isObject(pull) || !isObject(pull.head) || !isObject(pull.base)) return undefined;
  const { sha, ref } = pull.head;
  if (typeof sha !== 'string' || typeof ref !== 'string') return undefined;
  const merged = typeof pull.merged_at === 'string' ? pull.merge_commit_sha : undefined;
  return {
    number: Number(pull.number),
    headSha: sha,
    headRef: ref,
    baseRef: String(pull.base.ref ?? ''),
    mergedAs: typeof merged === 'string' ? merged : undefined,
  };
}

function titleOf(payload: JsonObject): string {
  if (typeof payload.client_payload === 'object') return String(payload.action);
  const subject = payload.pull_request ?? payload.issue;
  if (isObject(subject) && typeof subject.title === 'string') return subject.title;
  const commit = payload.head_commit;
  const message = isObject(commit) && typeof commit.message === 'string' ? commit.message : '';
  return message.split('\n', 1)[0] ?? '';
}
