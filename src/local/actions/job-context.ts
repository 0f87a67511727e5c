import { isProtected } from '#local/rule/effective-rule.ts';
import type { World } from '#local/world.ts';
import type { JsonObject } from '#model/json.ts';
import { type WorkflowScope, workflowRef } from './host.ts';
import type { RunRecord } from './run-record.ts';

/** The parts of `github` that do not depend on a job. */
export function buildGithubContext(world: World, run: RunRecord, scope: WorkflowScope): JsonObject {
  const owner = ownerLogin(world, run);
  return {
    event_name: run.event,
    event: run.payload,
    repository: world.fullName(run.repository),
    repository_id: String(run.repository.id),
    repository_owner: owner,
    repository_owner_id: String(run.repository.ownerId),
    repositoryUrl: `${world.urls.server.replace(/^http/, 'git')}/${world.fullName(run.repository)}.git`,
    repository_visibility: run.repository.private ? 'private' : 'public',
    run_id: String(run.id),
    run_number: String(run.runNumber),
    run_attempt: String(run.attempt),
    retention_days: '90',
    actor: run.actor.login,
    actor_id: String(run.actor.id),
    triggering_actor: run.triggeringActor.login,
    workflow: run.workflowName,
    workflow_ref: workflowRef(world, scope.root),
    workflow_sha: scope.root.sha,
    job_workflow_sha: scope.source.sha,
    sha: run.sha,
    ref: run.ref,
    ref_name: run.ref.replace(/^refs\/(heads|tags|pull)\//, ''),
    ref_type: run.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    ref_protected: isRefProtected(run),
    head_ref: run.headRef,
    base_ref: run.baseRef,
    server_url: world.urls.server,
    api_url: world.urls.rest,
    graphql_url: world.urls.graphql,
    secret_source: 'Actions',
  };
}

/** Whether the run's branch has protection or a ruleset. */
export function isRefProtected({ repository, ref }: RunRecord): boolean {
  return ref.startsWith('refs/heads/') && isProtected(repository, ref.slice('refs/heads/'.length));
}

/** The login of the account that owns the run's repository. */
export function ownerLogin(world: World, run: RunRecord): string {
  return world.fullName(run.repository).split('/')[0] ?? '';
}

// The names of `github` that every step has as GITHUB_<NAME>.
const EXPORTED = [
  'event_name',
  'repository',
  'repository_id',
  'repository_owner',
  'repository_owner_id',
  'run_id',
  'run_number',
  'run_attempt',
  'retention_days',
  'actor',
  'actor_id',
  'triggering_actor',
  'workflow',
  'workflow_ref',
  'workflow_sha',
  'sha',
  'ref',
  'ref_name',
  'ref_type',
  'ref_protected',
  'head_ref',
  'base_ref',
  'server_url',
  'api_url',
  'graphql_url',
  'workspace',
  'event_path',
  'job',
  'action',
  'action_path',
  'action_ref',
  'action_repository',
];

/** The `GITHUB_` variables of a step. The token is not among them: a step must be given it. */
export function exportGithub(github: JsonObject): Readonly<Record<string, string>> {
  const pairs = EXPORTED.filter((name) => github[name] !== undefined && github[name] !== null).map(
    (name) => [`GITHUB_${name.toUpperCase()}`, String(github[name])] as const,
  );
  return Object.fromEntries(pairs);
}
