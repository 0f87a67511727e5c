import type { CheckRun, Repository, User, World } from '../world.ts';
import { timestamp } from './change-label.ts';
import { renderCheckRun, renderCheckSuite, suiteOf } from './render-check.ts';

export const CHECK_STATUSES = ['queued', 'in_progress', 'completed'] as const;
export const CONCLUSIONS = [
  'action_required',
  'cancelled',
  'failure',
  'neutral',
  'success',
  'skipped',
  'stale',
  'timed_out',
] as const;

export interface CheckFields {
  readonly name?: string | undefined;
  readonly status?: CheckRun['status'] | undefined;
  readonly conclusion?: string | undefined;
  readonly externalId?: string | undefined;
  readonly detailsUrl?: string | undefined;
  readonly startedAt?: string | undefined;
  readonly completedAt?: string | undefined;
  readonly output?: CheckRun['output'] | undefined;
}

/** Create a check run of an App on a commit: `check_run.created`, and `completed` when it is. */
export function createCheckRun(
  world: World,
  repository: Repository,
  author: { readonly actor: User; readonly appId: number },
  headSha: string,
  fields: CheckFields & { readonly name: string },
): CheckRun {
  const run: CheckRun = {
    id: world.nextId(),
    name: fields.name,
    headSha,
    appId: author.appId,
    status: fields.conclusion === undefined ? (fields.status ?? 'queued') : 'completed',
    conclusion: fields.conclusion ?? null,
    externalId: fields.externalId ?? '',
    detailsUrl: fields.detailsUrl ?? null,
    output: fields.output ?? { title: null, summary: null, text: null },
    startedAt: fields.startedAt ?? timestamp(world),
    completedAt: fields.conclusion === undefined ? null : (fields.completedAt ?? timestamp(world)),
  };
  repository.checkRuns.set(run.id, run);
  announceCheck(world, repository, author.actor, run, 'created');
  if (run.status === 'completed') announceCompleted(world, repository, author.actor, run);
  return run;
}

/** Change a check run; a conclusion completes it, and a new status may open it again. */
export function updateCheckRun(
  world: World,
  repository: Repository,
  actor: User,
  run: CheckRun,
  fields: CheckFields,
): void {
  const wasCompleted = run.status === 'completed';
  if (fields.conclusion !== undefined) {
    run.status = 'completed';
    run.conclusion = fields.conclusion;
    run.completedAt = fields.completedAt ?? timestamp(world);
  } else if (fields.status !== undefined && fields.status !== 'completed') {
    run.status = fields.status;
    run.conclusion = null;
    run.completedAt = null;
  }
  run.externalId = fields.externalId ?? run.externalId;
  run.detailsUrl = fields.detailsUrl ?? run.detailsUrl;
  run.output = fields.output ?? run.output;
  if (run.status === 'completed' && !wasCompleted) announceCompleted(world, repository, actor, run);
}

/** Ask its App to run a check again. */
export function rerequestCheckRun(
  world: World,
  repository: Repository,
  actor: User,
  run: CheckRun,
): void {
  run.status = 'queued';
  run.conclusion = null;
  run.completedAt = null;
  announceCheck(world, repository, actor, run, 'rerequested');
}

function announceCompleted(world: World, repository: Repository, actor: User, run: CheckRun): void {
  announceCheck(world, repository, actor, run, 'completed');
  const suite = suiteOf(repository, run);
  if (!suite.runs.every((each) => each.status === 'completed')) return;
  world.emit('check_suite', repository, actor, {
    action: 'completed',
    check_suite: renderCheckSuite(world, repository, suite),
  });
}

function announceCheck(
  world: World,
  repository: Repository,
  actor: User,
  run: CheckRun,
  action: 'created' | 'completed' | 'rerequested',
): void {
  world.emit('check_run', repository, actor, {
    action,
    check_run: renderCheckRun(world, repository, run),
  });
}
