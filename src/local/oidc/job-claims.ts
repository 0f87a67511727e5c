/** What the issuer knows of a running job. Ids are numbers here and become text in the token. */
export interface JobFacts {
  readonly repository: string;
  readonly repositoryId: number;
  readonly owner: string;
  readonly ownerId: number;
  readonly visibility: 'public' | 'private';
  readonly ref: string;
  readonly refProtected: boolean;
  readonly sha: string;
  readonly headRef: string;
  readonly baseRef: string;
  readonly runId: number;
  readonly runNumber: number;
  readonly runAttempt: number;
  /** Undefined where the issuer does not sign which job it is. */
  readonly checkRunId: number | undefined;
  readonly actor: string;
  readonly actorId: number;
  readonly workflow: string;
  readonly workflowRef: string;
  readonly workflowSha: string;
  readonly jobWorkflowRef: string;
  readonly jobWorkflowSha: string;
  readonly eventName: string;
  readonly environment: string | undefined;
  readonly subjectForm: SubjectForm;
  readonly runnerEnvironment: 'github-hosted' | 'self-hosted';
}

/** `immutable` carries owner and repository ids in `sub`, as repositories since July 2026 do. */
export type SubjectForm = 'immutable' | 'names';

// From this day on new repositories carry their ids in the subject: docs.github.com, "OpenID Connect".
const IMMUTABLE_SINCE = Date.parse('2026-07-15T00:00:00Z');

/** The form of a repository that has not chosen one, by the day it was created. */
export function subjectFormSince(createdAt: string): SubjectForm {
  return Date.parse(createdAt) >= IMMUTABLE_SINCE ? 'immutable' : 'names';
}

/**
 * GitHub's claims for one job; the standard ones (iss, aud, exp, …) are the issuer's.
 * Source docs.github.com, "OpenID Connect reference": every custom claim is text.
 */
export function buildJobClaims(job: JobFacts): Readonly<Record<string, string>> {
  return {
    sub: `${subjectPrefix(job)}:${subjectTail(job)}`,
    ref: job.ref,
    sha: job.sha,
    repository: job.repository,
    repository_owner: job.owner,
    repository_owner_id: String(job.ownerId),
    repository_id: String(job.repositoryId),
    repository_visibility: job.visibility,
    run_id: String(job.runId),
    run_number: String(job.runNumber),
    run_attempt: String(job.runAttempt),
    ...(job.checkRunId === undefined ? {} : { check_run_id: String(job.checkRunId) }),
    actor: job.actor,
    actor_id: String(job.actorId),
    workflow: job.workflow,
    workflow_ref: job.workflowRef,
    workflow_sha: job.workflowSha,
    job_workflow_ref: job.jobWorkflowRef,
    job_workflow_sha: job.jobWorkflowSha,
    event_name: job.eventName,
    head_ref: job.headRef,
    base_ref: job.baseRef,
    ref_type: job.ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    ref_protected: String(job.refProtected),
    runner_environment: job.runnerEnvironment,
    ...(job.environment === undefined ? {} : { environment: job.environment }),
  };
}

/** How every subject of a repository starts, in its form. */
export function subjectPrefix(
  job: Pick<JobFacts, 'repository' | 'repositoryId' | 'owner' | 'ownerId' | 'subjectForm'>,
): string {
  if (job.subjectForm === 'names') return `repo:${job.repository}`;
  const name = job.repository.slice(job.owner.length + 1);
  return `repo:${job.owner}@${job.ownerId}/${name}@${job.repositoryId}`;
}

// A colon inside a value would let an environment's name pose as another part of the subject.
function subjectTail(job: JobFacts): string {
  if (job.environment !== undefined) return `environment:${job.environment.replaceAll(':', '%3A')}`;
  if (job.eventName === 'pull_request') return 'pull_request';
  return `ref:${job.ref.replaceAll(':', '%3A')}`;
}
