import type { CommitStatus } from '#local/record/check.ts';
import { readCommit } from '../git/object.ts';
import { listRefs } from '../git/ref.ts';
import { openView, renderCommit } from '../git/render-git.ts';
import { isProtected } from '../rule/effective-rule.ts';
import { timestamp } from './change-label.ts';
import { invalid, optionalText, optionalWord } from './field.ts';
import { requireCommit } from './find-commit.ts';
import { actorOf } from './identity.ts';
import type { Reply, Webhook } from './operation.ts';
import { paginate } from './paginate.ts';
import { renderSimpleStatus, renderStatus } from './render-check.ts';
import { renderSimpleRepository, repositoryUrl } from './render-repository.ts';
import { type Call, routes } from './route.ts';
import { repositoryOf } from './serve-api.ts';

const REPOSITORY = '/repos/{owner}/{repo}';
// GitHub names at most this many branches in the event.
const BRANCHES_MAX = 10;

/** Commit statuses, the older kind beside check runs. */
export const statusRoutes = routes({
  'repos/create-commit-status': {
    method: 'POST',
    path: `${REPOSITORY}/statuses/{sha}`,
    access: ['statuses:write'],
    handle: createStatus,
  },
  'repos/get-combined-status-for-ref': {
    method: 'GET',
    path: `${REPOSITORY}/commits/{ref}/status`,
    access: ['statuses:read'],
    handle: readCombinedStatus,
  },
});

async function createStatus(call: Call): Promise<Reply<'repos/create-commit-status'>> {
  const repository = repositoryOf(call);
  const sha = await requireCommit(call, call.params.sha ?? '');
  const state = optionalWord(call.body, 'state', ['error', 'failure', 'pending', 'success']);
  if (state === undefined) throw invalid('state', 'missing_field');
  const status: CommitStatus = {
    id: call.world.nextId(),
    sha,
    state,
    context: optionalText(call.body, 'context', 255) ?? 'default',
    description: optionalText(call.body, 'description', 140) ?? null,
    targetUrl: optionalText(call.body, 'target_url', 2000) ?? null,
    creatorId: actorOf(call.principal).id,
    createdAt: timestamp(call.world),
  };
  repository.statuses.push(status);
  await announce(call, status);
  return { status: 201, body: renderStatus(call.world, repository, status) };
}

async function announce(call: Call, status: CommitStatus): Promise<void> {
  const { world } = call;
  const repository = repositoryOf(call);
  const url = repositoryUrl(world, repository);
  const [view, commit, refs] = await Promise.all([
    openView(world, repository),
    readCommit(repository.gitDir, status.sha),
    listRefs(repository.gitDir, 'refs/heads/'),
  ]);
  const heads = refs.filter((ref) => ref.sha === status.sha).slice(0, BRANCHES_MAX);
  const payload: Webhook<'status'> = {
    id: status.id,
    sha: status.sha,
    name: world.fullName(repository),
    target_url: status.targetUrl,
    avatar_url: renderSimpleStatus(world, repository, status).avatar_url,
    context: status.context,
    description: status.description,
    state: status.state,
    commit: renderCommit(view, commit),
    branches: heads.map(({ ref, sha }) => {
      const name = ref.slice('refs/heads/'.length);
      const commit = { sha, url: `${url}/commits/${sha}` };
      return { name, commit, protected: isProtected(repository, name) };
    }),
    created_at: status.createdAt,
    updated_at: status.createdAt,
  };
  world.emit('status', repository, actorOf(call.principal), payload);
}

async function readCombinedStatus(call: Call): Promise<Reply<'repos/get-combined-status-for-ref'>> {
  const repository = repositoryOf(call);
  const sha = await requireCommit(call, call.params.ref ?? '');
  const newest = newestStatuses(repository.statuses, sha);
  const url = `${repositoryUrl(call.world, repository)}/commits/${sha}`;
  return paginate(
    call,
    newest,
    (each) => renderSimpleStatus(call.world, repository, each),
    (statuses, total_count) => ({
      state: combine(newest),
      statuses,
      sha,
      total_count,
      repository: renderSimpleRepository(call.world, repository),
      commit_url: url,
      url: `${url}/status`,
    }),
  );
}

function newestStatuses(statuses: readonly CommitStatus[], sha: string) {
  const own = statuses.filter((each) => each.sha === sha);
  return [...new Map(own.map((each) => [each.context, each])).values()];
}

function combine(statuses: readonly CommitStatus[]): string {
  if (statuses.some((each) => each.state === 'error' || each.state === 'failure')) return 'failure';
  const isDone = statuses.length > 0 && statuses.every((each) => each.state === 'success');
  return isDone ? 'success' : 'pending';
}
