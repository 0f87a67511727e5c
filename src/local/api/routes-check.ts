import type { App } from '#local/record/app.ts';
import type { CheckRun, CheckSuite } from '#local/record/check.ts';
import { listRefs } from '../git/ref.ts';
import { ACTIONS_APP_ID } from '../world-state.ts';
import { AccessError } from './access.ts';
import { createCheckRun, rerequestCheckRun, updateCheckRun } from './change-check.ts';
import { createSuite, findSuite, rerequestSuite } from './change-suite.ts';
import { readCommitFacts } from './commit-facts.ts';
import { numberParam, requiredText } from './field.ts';
import { requireCommit } from './find-commit.ts';
import { actorOf } from './identity.ts';
import type { Reply } from './operation.ts';
import { paginate } from './paginate.ts';
import { readCheckFields } from './read-check.ts';
import { renderAnnotation, renderCheckRun, renderCheckSuite, suitesOf } from './render-check.ts';
import { type Call, HttpError, routes } from './route.ts';
import { repositoryOf } from './serve-api.ts';

const REPOSITORY = '/repos/{owner}/{repo}';
const ONE = `${REPOSITORY}/check-runs/{check_run_id}`;

/** Check runs and check suites. */
export const checkRoutes = routes({
  'checks/create': {
    method: 'POST',
    path: `${REPOSITORY}/check-runs`,
    access: ['checks:write'],
    handle: createRun,
  },
  'checks/update': {
    method: 'PATCH',
    path: ONE,
    access: ['checks:write'],
    handle: updateRun,
  },
  'checks/get': {
    method: 'GET',
    path: ONE,
    access: ['checks:read'],
    handle: (call) => ({
      status: 200,
      body: renderCheckRun(call.world, repositoryOf(call), findRun(call)),
    }),
  },
  'checks/list-annotations': {
    method: 'GET',
    path: `${ONE}/annotations`,
    access: ['checks:read'],
    handle: (call) => {
      const run = findRun(call);
      return paginate(call, run.annotations, (each) =>
        renderAnnotation(call.world, repositoryOf(call), run, each),
      );
    },
  },
  'checks/rerequest-run': {
    method: 'POST',
    path: `${ONE}/rerequest`,
    access: ['checks:write'],
    handle: (call) => {
      rerequestCheckRun(call.world, repositoryOf(call), actorOf(call.principal), findRun(call));
      return { status: 201, body: {} };
    },
  },
  'checks/rerequest-suite': {
    method: 'POST',
    path: `${REPOSITORY}/check-suites/{check_suite_id}/rerequest`,
    access: ['checks:write'],
    handle: (call) => {
      const suite = repositoryOf(call).checkSuites.get(numberParam(call.params, 'check_suite_id'));
      if (!suite) throw new HttpError(404, 'Not Found');
      rerequestSuite(call.world, repositoryOf(call), actorOf(call.principal), suite);
      return { status: 201, body: {} };
    },
  },
  'checks/list-for-ref': {
    method: 'GET',
    path: `${REPOSITORY}/commits/{ref}/check-runs`,
    access: ['checks:read'],
    handle: listForRef,
  },
  'checks/list-suites-for-ref': {
    method: 'GET',
    path: `${REPOSITORY}/commits/{ref}/check-suites`,
    access: ['checks:read'],
    handle: listSuites,
  },
});

async function createRun(call: Call): Promise<Reply<'checks/create'>> {
  const repository = repositoryOf(call);
  const app = appOf(call);
  const fields = { ...readCheckFields(call.body), name: requiredText(call.body, 'name', 255) };
  const sha = await requireCommit(call, requiredText(call.body, 'head_sha', 40));
  const suite = await openSuite(call, app, sha);
  const run = createCheckRun(call.world, repository, actorOf(call.principal), suite, fields);
  return { status: 201, body: renderCheckRun(call.world, repository, run) };
}

async function openSuite(call: Call, app: App, sha: string): Promise<CheckSuite> {
  const repository = repositoryOf(call);
  const [head, branches] = await Promise.all([
    readCommitFacts(repository, sha),
    listRefs(repository.gitDir, 'refs/heads/'),
  ]);
  // Looked up after the reading, so that two requests at once share one suite.
  const known = findSuite(repository, app.id, sha);
  if (known) return known;
  const branch = branches.find((each) => each.sha === sha)?.ref.slice('refs/heads/'.length);
  return createSuite(call.world, repository, {
    appId: app.id,
    head,
    headBranch: branch ?? null,
    before: null,
    workflowRunId: null,
  });
}

function updateRun(call: Call): Reply<'checks/update'> {
  const repository = repositoryOf(call);
  const run = findRun(call);
  // Only the App that made a check may change it: this is what pinning relies on.
  if (run.appId !== appOf(call).id)
    throw new HttpError(
      403,
      `Invalid app_id \`${appOf(call).id}\` - check run can only be modified by the GitHub App that created it.`,
    );
  const fields = readCheckFields(call.body);
  updateCheckRun(call.world, repository, actorOf(call.principal), run, fields);
  return { status: 200, body: renderCheckRun(call.world, repository, run) };
}

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

async function listForRef(call: Call): Promise<Reply<'checks/list-for-ref'>> {
  const repository = repositoryOf(call);
  const sha = await requireCommit(call, call.params.ref ?? '');
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
  return [...new Map(runs.map((run) => [`${run.suiteId}:${run.name}`, run])).values()];
}

async function listSuites(call: Call): Promise<Reply<'checks/list-suites-for-ref'>> {
  const repository = repositoryOf(call);
  const { query, world } = call;
  const name = query.get('check_name');
  const suites = suitesOf(repository, await requireCommit(call, call.params.ref ?? ''))
    .filter((each) => (query.get('app_id') ?? String(each.appId)) === String(each.appId))
    .filter((each) => name === null || hasRun(repository.checkRuns.values(), each, name));
  return paginate(
    call,
    suites,
    (each) => renderCheckSuite(world, repository, each),
    (page, total) => ({ total_count: total, check_suites: page }),
  );
}

function hasRun(runs: Iterable<CheckRun>, suite: CheckSuite, name: string): boolean {
  return [...runs].some((run) => run.suiteId === suite.id && run.name === name);
}
