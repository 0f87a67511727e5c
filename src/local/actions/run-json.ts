import { toNodeId } from '#local/api/node-id.ts';
import type { Schema } from '#local/api/operation.ts';
import { renderCommitFacts, renderPullsOf } from '#local/api/render-check.ts';
import { renderSimpleRepository, repositoryUrl } from '#local/api/render-repository.ts';
import { renderUser } from '#local/api/render-user.ts';
import type { Artifact } from '#local/artifacts/artifact-store.ts';
import type { Repository } from '#local/record/repository.ts';
import type { World } from '#local/world.ts';
import type { AttemptRecord, JobRecord, RunRecord } from './run-record.ts';
import { type WorkflowEntry, workflowFileName } from './workflow-list.ts';

/** A run as REST and webhooks show it; `attempt` is the newest unless another is given. */
export function renderRun(world: World, run: RunRecord, attempt: AttemptRecord = run) {
  const base = repositoryUrl(world, run.repository);
  const url = `${base}/actions/runs/${run.id}`;
  const number = attempt.attempt;
  const repository = renderSimpleRepository(world, run.repository);
  return {
    id: run.id,
    name: run.workflowName,
    node_id: toNodeId('WorkflowRun', run.id),
    head_branch: run.headBranch,
    head_sha: run.headSha,
    path: run.workflowPath,
    display_title: run.displayTitle,
    run_number: run.runNumber,
    event: run.event,
    status: attempt.status,
    conclusion: attempt.conclusion,
    workflow_id: run.workflowId,
    check_suite_id: run.checkSuiteId,
    check_suite_node_id: toNodeId('CheckSuite', run.checkSuiteId),
    url,
    html_url: runPage(world, run),
    pull_requests: renderPullsOf(world, run.repository, run.headSha),
    created_at: run.createdAt,
    updated_at: attempt.updatedAt,
    actor: renderUser(world, run.actor),
    run_attempt: number,
    referenced_workflows: run.referencedWorkflows.map((each) => ({ ...each })),
    run_started_at: attempt.startedAt,
    triggering_actor: renderUser(world, attempt.triggeringActor),
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${base}/check-suites/${run.checkSuiteId}`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    previous_attempt_url: number > 1 ? `${url}/attempts/${number - 1}` : null,
    workflow_url: `${base}/actions/workflows/${run.workflowId}`,
    head_commit: renderCommitFacts(run.head),
    head_repository_id: run.repository.id,
    repository,
    head_repository: repository,
  } satisfies Schema<'workflow-run'>;
}

/** The page of a run. */
export function runPage(world: World, run: RunRecord): string {
  return `${world.urls.server}/${world.fullName(run.repository)}/actions/runs/${run.id}`;
}

/** A job as REST and webhooks show it; `check_run_url` ends in the job's own id. */
export function renderJob(world: World, run: RunRecord, job: JobRecord) {
  const base = repositoryUrl(world, run.repository);
  const started = job.ranOnRunner;
  return {
    id: job.id,
    run_id: run.id,
    workflow_name: run.workflowName,
    head_branch: run.headBranch,
    run_url: `${base}/actions/runs/${run.id}`,
    run_attempt: job.attempt,
    node_id: toNodeId('CheckRun', job.id),
    head_sha: run.headSha,
    url: `${base}/actions/jobs/${job.id}`,
    html_url: `${runPage(world, run)}/job/${job.id}`,
    status: job.status,
    conclusion: job.conclusion,
    created_at: job.createdAt,
    started_at: job.startedAt,
    completed_at: job.completedAt,
    name: job.name,
    steps: job.steps.map((step) => ({
      name: step.name,
      status: step.status,
      conclusion: step.conclusion,
      number: step.number,
      started_at: step.startedAt,
      completed_at: step.completedAt,
    })),
    check_run_url: `${base}/check-runs/${job.id}`,
    labels: [...job.labels],
    runner_id: started ? 1 : null,
    runner_name: started ? 'local-runner' : null,
    runner_group_id: started ? 1 : null,
    runner_group_name: started ? 'Default' : null,
  } satisfies Schema<'job'>;
}

/** A workflow file as REST and webhooks show it. */
export function renderWorkflow(world: World, repository: Repository, workflow: WorkflowEntry) {
  const page = `${world.urls.server}/${world.fullName(repository)}`;
  const file = workflowFileName(workflow.path);
  return {
    id: workflow.id,
    node_id: toNodeId('Workflow', workflow.id),
    name: workflow.name,
    path: workflow.path,
    state: 'active' as const,
    created_at: repository.createdAt,
    updated_at: repository.createdAt,
    url: `${repositoryUrl(world, repository)}/actions/workflows/${workflow.id}`,
    html_url: `${page}/blob/${repository.defaultBranch}/${workflow.path}`,
    badge_url: `${page}/actions/workflows/${file}/badge.svg`,
  } satisfies Schema<'workflow'>;
}

/** An artifact as REST shows it. */
export function renderArtifact(
  world: World,
  repository: Repository,
  artifact: Artifact,
  { run, isExpired }: { readonly run: RunRecord | undefined; readonly isExpired: boolean },
) {
  const url = `${repositoryUrl(world, repository)}/actions/artifacts/${artifact.id}`;
  return {
    id: artifact.id,
    node_id: toNodeId('Artifact', artifact.id),
    name: artifact.name,
    size_in_bytes: artifact.bytes,
    url,
    archive_download_url: `${url}/zip`,
    expired: isExpired,
    digest: artifact.digest,
    created_at: artifact.createdAt,
    updated_at: artifact.createdAt,
    expires_at: artifact.expiresAt,
    workflow_run: {
      id: artifact.runId,
      repository_id: repository.id,
      head_repository_id: repository.id,
      ...(run === undefined ? {} : { head_branch: run.headBranch ?? '', head_sha: run.headSha }),
    },
  } satisfies Schema<'artifact'>;
}
