import type { Grant, Phase } from '#model/grant.ts';
import { callerWorkflowPath } from '#model/names.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import type { BrokerRefusal } from './refusal.ts';
import { brokerRefusal } from './refusal.ts';

/** A workflow run and its jobs, as GitHub's API shows them at this moment. */
export interface LiveRun {
  readonly id: number;
  readonly repositoryId: number;
  readonly status: string;
  readonly attempt: number;
  readonly headSha: string;
  readonly event: string;
  readonly path: string;
  /** Who started this attempt: not in the token, and not the actor when somebody re-runs. */
  readonly triggeringActorId: number | null;
  readonly jobs: readonly {
    readonly name: string;
    readonly status: string;
    readonly checkRunId: number;
  }[];
}

/** The name of a phase's job: the caller's job and the called workflow's have the phase's name. */
export function jobName(phase: Phase): string {
  return `${phase} / ${phase}`;
}

/**
 * E1, E2: the run and the job are alive now, and are the ones that were started by us; the job's id.
 * Without an id in the token (reduced assurance) the job is the one of the phase's name, if there is
 * exactly one.
 */
export function checkLive(
  live: LiveRun | null,
  grant: Grant,
  job: { readonly phase: Phase; readonly checkRunId: number | null },
  botUserId: number,
): Result<number, BrokerRefusal> {
  if (!live) return refuse(brokerRefusal('denied', 'E1', 'expected a workflow run, got none'));
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['id', grant.workflowRunId, live.id],
    ['repository', grant.repositoryId, live.repositoryId],
    ['status', 'in_progress', live.status],
    ['attempt', grant.attempt, live.attempt],
    ['head_sha', grant.sha, live.headSha],
    ['event', 'workflow_dispatch', live.event],
    ['path', callerWorkflowPath, live.path.split('@', 1)[0]],
    ['triggering_actor', botUserId, live.triggeringActorId],
  ];
  const wrong = pairs.find(([, expected, seen]) => expected !== seen);
  if (wrong) {
    const [name, expected, seen] = wrong;
    return refuse(
      brokerRefusal('denied', 'E1', `expected the run’s ${name} ${expected}, got ${seen}`),
    );
  }
  const [seen, ...others] = live.jobs.filter(({ checkRunId, name }) =>
    job.checkRunId === null ? name === jobName(job.phase) : checkRunId === job.checkRunId,
  );
  const isOnly = others.length === 0;
  if (isOnly && seen?.status === 'in_progress' && seen.name === jobName(job.phase)) {
    return ok(seen.checkRunId);
  }
  const what = seen
    ? `${seen.name} ${seen.status}${isOnly ? '' : ` and ${others.length} more`}`
    : 'no such job';
  return refuse(
    brokerRefusal(
      'denied',
      'E2',
      `expected the job ${jobName(job.phase)} in progress, got ${what}`,
    ),
  );
}
