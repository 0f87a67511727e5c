import type { JsonObject } from '#model/json.ts';
import type { CheckRun, CommitStatus, Repository, World } from '../world.ts';
import { toNodeId } from './node-id.ts';
import { renderApp } from './render-app.ts';
import { renderRepository, repositoryPage, repositoryUrl } from './render-repository.ts';
import { renderUserById } from './render-user.ts';

/** All check runs of one App on one commit: a check suite has no other content here. */
export interface CheckSuite {
  readonly id: number;
  readonly appId: number;
  readonly headSha: string;
  readonly runs: readonly CheckRun[];
}

/** The suites of a commit. A suite is named by its first run, so that ids never change. */
export function suitesOf(repository: Repository, sha: string): readonly CheckSuite[] {
  const suites = new Map<number, CheckRun[]>();
  for (const run of repository.checkRuns.values()) {
    if (run.headSha !== sha) continue;
    suites.set(run.appId, [...(suites.get(run.appId) ?? []), run]);
  }
  return [...suites].map(([appId, runs]) => ({
    id: suiteId(runs),
    appId,
    headSha: sha,
    runs,
  }));
}

function suiteId(runs: readonly CheckRun[]): number {
  return 1_000_000_000 + Math.min(...runs.map((run) => run.id));
}

/** The suite of one check run. */
export function suiteOf(repository: Repository, run: CheckRun): CheckSuite {
  const suite = suitesOf(repository, run.headSha).find((each) => each.appId === run.appId);
  return suite ?? { id: suiteId([run]), appId: run.appId, headSha: run.headSha, runs: [run] };
}

/** `check-run`. */
export function renderCheckRun(world: World, repository: Repository, run: CheckRun): JsonObject {
  const url = `${repositoryUrl(world, repository)}/check-runs/${run.id}`;
  const page = `${repositoryPage(world, repository)}/runs/${run.id}`;
  const app = world.apps.get(run.appId);
  return {
    id: run.id,
    node_id: toNodeId('CheckRun', run.id),
    name: run.name,
    head_sha: run.headSha,
    external_id: run.externalId,
    url,
    html_url: page,
    details_url: run.detailsUrl ?? page,
    status: run.status,
    conclusion: run.conclusion,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    output: {
      title: run.output.title,
      summary: run.output.summary,
      text: run.output.text,
      annotations_count: 0,
      annotations_url: `${url}/annotations`,
    },
    check_suite: { id: suiteOf(repository, run).id },
    app: app ? renderApp(world, app) : null,
    pull_requests: renderPullsOf(world, repository, run.headSha),
  };
}

function renderPullsOf(world: World, repository: Repository, sha: string): readonly JsonObject[] {
  const repo = {
    id: repository.id,
    url: repositoryUrl(world, repository),
    name: repository.name,
  };
  return [...repository.pulls.values()]
    .filter((pull) => pull.headSha === sha && pull.state === 'open')
    .map((pull) => ({
      id: pull.id,
      number: pull.number,
      url: `${repositoryUrl(world, repository)}/pulls/${pull.number}`,
      head: { ref: pull.headRef, sha: pull.headSha, repo },
      base: { ref: pull.baseRef, sha: pull.baseSha, repo },
    }));
}

/** `check-suite`, worked out from its runs. */
export function renderCheckSuite(
  world: World,
  repository: Repository,
  suite: CheckSuite,
): JsonObject {
  const app = world.apps.get(suite.appId);
  const isDone = suite.runs.every((run) => run.status === 'completed');
  const bad = suite.runs.find(
    (run) => !['success', 'neutral', 'skipped'].includes(run.conclusion ?? ''),
  );
  const pull = [...repository.pulls.values()].find((each) => each.headSha === suite.headSha);
  return {
    id: suite.id,
    node_id: `CS_${suite.id}`,
    head_branch: pull?.headRef ?? null,
    head_sha: suite.headSha,
    status: isDone ? 'completed' : 'in_progress',
    conclusion: isDone ? (bad?.conclusion ?? 'success') : null,
    url: `${repositoryUrl(world, repository)}/check-suites/${suite.id}`,
    before: null,
    after: suite.headSha,
    pull_requests: renderPullsOf(world, repository, suite.headSha),
    app: app ? renderApp(world, app) : null,
    repository: renderRepository(world, repository),
    created_at: suite.runs[0]?.startedAt ?? null,
    updated_at: suite.runs.at(-1)?.completedAt ?? suite.runs.at(-1)?.startedAt ?? null,
    latest_check_runs_count: suite.runs.length,
    check_runs_url: `${repositoryUrl(world, repository)}/check-suites/${suite.id}/check-runs`,
  };
}

/** `status`, the older kind. */
export function renderStatus(
  world: World,
  repository: Repository,
  status: CommitStatus,
): JsonObject {
  return {
    id: status.id,
    node_id: `SC_${status.id}`,
    url: `${repositoryUrl(world, repository)}/statuses/${status.sha}`,
    avatar_url: null,
    state: status.state,
    context: status.context,
    description: status.description,
    target_url: status.targetUrl,
    creator: renderUserById(world, status.creatorId),
    created_at: status.createdAt,
    updated_at: status.createdAt,
  };
}
