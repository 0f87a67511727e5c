import type { CheckRun, CommitStatus } from '#local/record/check.ts';
import type { Repository } from '#local/record/repository.ts';
import { toNodeId } from '../api/node-id.ts';
import { runsOf, suitesOf } from '../api/render-check.ts';
import { repositoryPage } from '../api/render-repository.ts';
import { listRequiredChecks } from '../rule/effective-rule.ts';
import { buildConnection, type PageArguments } from './connection.ts';
import type { GraphqlCall } from './graphql-call.ts';

/** Check runs and statuses of a commit in one; null when there are none. */
export function viewRollup(call: GraphqlCall, repository: Repository, sha: string) {
  const runs = suitesOf(repository, sha).flatMap((suite) => keepLatest(runsOf(repository, suite)));
  const own = repository.statuses.filter((status) => status.sha === sha);
  const statuses = [...new Map(own.map((status) => [status.context, status])).values()];
  if (runs.length + statuses.length === 0) return null;
  const contexts = [
    ...runs.map((run) => viewCheckRun(call, repository, run)),
    ...statuses.map((status) => viewStatus(repository, status)),
  ];
  return {
    id: `SCR_${sha}`,
    state: combine(runs, statuses),
    contexts: (page: PageArguments) => buildConnection(contexts, page, (each) => each),
  };
}

function keepLatest(runs: readonly CheckRun[]): readonly CheckRun[] {
  return [...new Map(runs.map((run) => [run.name, run])).values()];
}

function viewCheckRun(call: GraphqlCall, repository: Repository, run: CheckRun) {
  const app = call.world.apps.get(run.appId);
  const page = `${repositoryPage(call.world, repository)}/runs/${run.id}`;
  return {
    __typename: 'CheckRun',
    id: toNodeId('CheckRun', run.id),
    databaseId: run.id,
    name: run.name,
    title: run.output.title,
    summary: run.output.summary,
    text: run.output.text,
    status: run.status.toUpperCase(),
    conclusion: run.conclusion?.toUpperCase() ?? null,
    startedAt: run.startedAt,
    completedAt: run.completedAt,
    detailsUrl: run.detailsUrl ?? page,
    permalink: page,
    url: page,
    externalId: run.externalId,
    isRequired: ({ pullRequestNumber }: { pullRequestNumber?: number | null }) =>
      isRequired(repository, run, pullRequestNumber),
    checkSuite: {
      app: app ? { id: `A_${app.id}`, databaseId: app.id, slug: app.slug, name: app.name } : null,
      workflowRun: null,
    },
  };
}

function isRequired(repository: Repository, run: CheckRun, number?: number | null): boolean {
  const branch = branchOf(repository, number);
  return listRequiredChecks(repository, branch).some(
    ({ context, integration_id: pinned }) =>
      context === run.name && (pinned === undefined || pinned === run.appId),
  );
}

/** A check that is pinned to an App is no status: anyone with a token may write one. */
function isStatusRequired(
  repository: Repository,
  status: CommitStatus,
  number?: number | null,
): boolean {
  return listRequiredChecks(repository, branchOf(repository, number)).some(
    ({ context, integration_id: pinned }) => context === status.context && pinned === undefined,
  );
}

function branchOf(repository: Repository, number?: number | null): string {
  const pull = number == null ? undefined : repository.pulls.get(number);
  return pull?.baseRef ?? repository.defaultBranch;
}

function viewStatus(repository: Repository, status: CommitStatus) {
  return {
    __typename: 'StatusContext',
    id: `SC_${status.id}`,
    context: status.context,
    state: status.state.toUpperCase(),
    description: status.description,
    targetUrl: status.targetUrl,
    createdAt: status.createdAt,
    isRequired: ({ pullRequestNumber }: { pullRequestNumber?: number | null }) =>
      isStatusRequired(repository, status, pullRequestNumber),
  };
}

function combine(runs: readonly CheckRun[], statuses: readonly CommitStatus[]): string {
  const isBad = (run: CheckRun) =>
    run.status === 'completed' && !['success', 'neutral', 'skipped'].includes(run.conclusion ?? '');
  const failed = statuses.some((each) => each.state === 'error' || each.state === 'failure');
  if (failed || runs.some(isBad)) return 'FAILURE';
  const waits = statuses.some((each) => each.state === 'pending');
  return waits || runs.some((run) => run.status !== 'completed') ? 'PENDING' : 'SUCCESS';
}
