import { resolveCommit } from '../git/object.ts';
import type { App, CheckRun, CommitStatus } from '../world.ts';
import { ACTIONS_APP_ID } from '../world-state.ts';
import { AccessError } from './access.ts';
import {
  CHECK_STATUSES,
  type CheckFields,
  CONCLUSIONS,
  createCheckRun,
  rerequestCheckRun,
  updateCheckRun,
} from './change-check.ts';
import { timestamp } from './change-label.ts';
import {
  invalid,
  numberParam,
  optionalObject,
  optionalText,
  optionalWord,
  requiredText,
} from './field.ts';
import { actorOf } from './identity.ts';
import { paginate } from './paginate.ts';
import { renderCheckRun, renderCheckSuite, renderStatus, suitesOf } from './render-check.ts';
import { renderRepository, repositoryUrl } from './render-repository.ts';
import { type Call, HttpError, type Route } from './route.ts';
import { repositoryOf } from './serve-api.ts';

const REPOSITORY = '/repos/{owner}/{repo}';
const ONE = `${REPOSITORY}/check-runs/{check_run_id}`;

/** Check runs, check suites and commit statuses. */
export const checkRoutes: readonly Route[] = [
  {
    operation: 'checks/create',
    method: 'POST',
    path: `${REPOSITORY}/check-runs`,
    access: ['checks:write'],
    handle: async (call) => {
      const repository = repositoryOf(call);
      const author = { actor: actorOf(call.principal), appId: appOf(call).id };
      const fields = { ...readFields(call), name: requiredText(call.body, 'name', 255) };
      const sha = await findCommit(call, requiredText(call.body, 'head_sha', 40));
      if (sha === undefined)
        throw new HttpError(422, `No commit found for SHA: ${call.body.head_sha}`);
      const run = createCheckRun(call.world, repository, author, sha, fields);
      return { status: 201, body: renderCheckRun(call.world, repository, run) };
    },
  },
  {
    operation: 'checks/update',
    method: 'PATCH',
    path: ONE,
    access: ['checks:write'],
    handle: (call) => {
      const repository = repositoryOf(call);
      const run = findRun(call);
      // Only the App that made a check may change it: this is what pinning relies on.
      if (run.appId !== appOf(call).id)
        throw new HttpError(
          403,
          `Invalid app_id \`${appOf(call).id}\` - check run can only be modified by the GitHub App that created it.`,
        );
      updateCheckRun(call.world, repository, actorOf(call.principal), run, readFields(call));
      return { status: 200, body: renderCheckRun(call.world, repository, run) };
    },
  },
  {
    operation: 'checks/get',
    method: 'GET',
    path: ONE,
    access: ['checks:read'],
    handle: (call) => ({
      status: 200,
      body: renderCheckRun(call.world, repositoryOf(call), findRun(call)),
    }),
  },
  {
    operation: 'checks/list-annotations',
    method: 'GET',
    path: `${ONE}/annotations`,
    access: ['checks:read'],
    handle: (call) => {
      findRun(call);
      return paginate(call, [], (each) => each);
    },
  },
  {
    operation: 'checks/rerequest-run',
    method: 'POST',
    path: `${ONE}/rerequest`,
    access: ['checks:write'],
    handle: (call) => {
      rerequestCheckRun(call.world, repositoryOf(call), actorOf(call.principal), findRun(call));
      return { status: 201, body: {} };
    },
  },
  {
    operation: 'checks/list-for-ref',
    method: 'GET',
    path: `${REPOSITORY}/commits/{ref}/check-runs`,
    access: ['checks:read'],
    handle: listForRef,
  },
  {
    operation: 'checks/list-suites-for-ref',
    method: 'GET',
    path: `${REPOSITORY}/commits/{ref}/check-suites`,
    access: ['checks:read'],
    handle: async (call) => {
      const repository = repositoryOf(call);
      const suites = suitesOf(repository, await commitOfRef(call));
      const render = (each: (typeof suites)[number]) =>
        renderCheckSuite(call.world, repository, each);
      return paginate(call, suites, render, (page, total) => ({
        total_count: total,
        check_suites: page,
      }));
    },
  },
  {
    operation: 'repos/create-commit-status',
    method: 'POST',
    path: `${REPOSITORY}/statuses/{sha}`,
    access: ['statuses:write'],
    handle: createStatus,
  },
  {
    operation: 'repos/get-combined-status-for-ref',
    method: 'GET',
    path: `${REPOSITORY}/commits/{ref}/status`,
    access: ['statuses:read'],
    handle: readCombinedStatus,
  },
];

/** Checks belong to Apps; people cannot write them. */
function appOf(call: Call): App {
  const { principal, world } = call;
  if (principal.kind === 'installation') return principal.app;
  const actions = principal.kind === 'job' ? world.apps.get(ACTIONS_APP_ID) : undefined;
  if (actions) return actions;
  if (principal.kind === 'user')
    throw new HttpError(403, 'You must authenticate via a GitHub App.');
  throw new AccessError(['checks:write']);
}

function findRun(call: Call): CheckRun {
  const run = repositoryOf(call).checkRuns.get(numberParam(call.params, 'check_run_id'));
  if (!run) throw new HttpError(404, 'Not Found');
  return run;
}

/** A commit by id, branch, tag or full ref; undefined when git has none. */
export async function findCommit(call: Call, name: string): Promise<string | undefined> {
  // A name that starts with a dash would be read by git as an option.
  if (!/^[\w./][\w./@+-]*$/.test(name) || name.includes('..')) return undefined;
  const { gitDir } = repositoryOf(call);
  if (/^[0-9a-f]{40}$/.test(name)) return resolveCommit(gitDir, name);
  for (const ref of [`refs/heads/${name}`, `refs/tags/${name}`, `refs/${name}`]) {
    const sha = await resolveCommit(gitDir, ref);
    if (sha !== undefined) return sha;
  }
  return undefined;
}

async function commitOfRef(call: Call): Promise<string> {
  const name = call.params.ref ?? '';
  const sha = await findCommit(call, name);
  if (sha === undefined) throw new HttpError(422, `No commit found for SHA: ${name}`);
  return sha;
}

function readFields(call: Call): CheckFields {
  const output = optionalObject(call.body, 'output');
  const conclusion = optionalWord(call.body, 'conclusion', CONCLUSIONS);
  const status = optionalWord(call.body, 'status', CHECK_STATUSES);
  if (status === 'completed' && conclusion === undefined)
    throw invalid('conclusion', 'missing_field');
  return {
    name: optionalText(call.body, 'name', 255),
    status,
    conclusion,
    externalId: optionalText(call.body, 'external_id', 255),
    detailsUrl: optionalText(call.body, 'details_url', 2000),
    startedAt: optionalText(call.body, 'started_at', 40),
    completedAt: optionalText(call.body, 'completed_at', 40),
    ...(output
      ? {
          output: {
            title: optionalText(output, 'title', 255) ?? null,
            summary: optionalText(output, 'summary', 65_535) ?? null,
            text: optionalText(output, 'text', 65_535) ?? null,
          },
        }
      : {}),
  };
}

async function listForRef(call: Call) {
  const repository = repositoryOf(call);
  const sha = await commitOfRef(call);
  const { query, world } = call;
  const runs = [...repository.checkRuns.values()]
    .filter((run) => run.headSha === sha)
    .filter((run) => (query.get('check_name') ?? run.name) === run.name)
    .filter((run) => (query.get('status') ?? run.status) === run.status)
    .filter((run) => (query.get('app_id') ?? String(run.appId)) === String(run.appId));
  const shown = query.get('filter') === 'all' ? runs : keepLatest(runs);
  return paginate(
    call,
    shown,
    (run) => renderCheckRun(world, repository, run),
    (page, total) => ({ total_count: total, check_runs: page }),
  );
}

function keepLatest(runs: readonly CheckRun[]): readonly CheckRun[] {
  return [...new Map(runs.map((run) => [`${run.appId}:${run.name}`, run])).values()];
}

async function createStatus(call: Call) {
  const repository = repositoryOf(call);
  const sha = await findCommit(call, call.params.sha ?? '');
  if (sha === undefined) throw new HttpError(422, `No commit found for SHA: ${call.params.sha}`);
  const states = ['error', 'failure', 'pending', 'success'] as const;
  const state = optionalWord(call.body, 'state', states);
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
  const body = renderStatus(call.world, repository, status);
  call.world.emit('status', repository, actorOf(call.principal), { ...body, sha, branches: [] });
  return { status: 201, body };
}

async function readCombinedStatus(call: Call) {
  const repository = repositoryOf(call);
  const sha = await commitOfRef(call);
  const newest = newestStatuses(repository.statuses, sha);
  return {
    status: 200,
    body: {
      state: combine(newest),
      statuses: newest.map((each) => renderStatus(call.world, repository, each)),
      sha,
      total_count: newest.length,
      repository: renderRepository(call.world, repository),
      commit_url: `${repositoryUrl(call.world, repository)}/commits/${sha}`,
      url: `${repositoryUrl(call.world, repository)}/commits/${sha}/status`,
    },
  };
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
