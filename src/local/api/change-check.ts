import type { User } from '#local/record/account.ts';
import type { CheckAnnotation, CheckRun, CheckSuite } from '#local/record/check.ts';
import type { Repository } from '#local/record/repository.ts';
import type { World } from '../world.ts';
import { timestamp } from './change-label.ts';
import { followRuns, reopenSuite } from './change-suite.ts';
import type { Webhook } from './operation.ts';
import { renderCheckRunEvent } from './render-check.ts';

/** What a caller may set. `annotations` are added to those there are. */
export interface CheckFields {
  readonly name?: string | undefined;
  readonly status?: 'queued' | 'in_progress' | 'completed' | undefined;
  readonly conclusion?: NonNullable<CheckRun['conclusion']> | undefined;
  readonly externalId?: string | undefined;
  readonly detailsUrl?: string | undefined;
  readonly startedAt?: string | undefined;
  readonly completedAt?: string | undefined;
  readonly output?: CheckRun['output'] | undefined;
  readonly annotations?: readonly CheckAnnotation[] | undefined;
}

/** Create a check run in a suite: `check_run.created`, and `completed` when it is. */
export function createCheckRun(
  world: World,
  repository: Repository,
  actor: User,
  suite: CheckSuite,
  fields: CheckFields & { readonly name: string },
): CheckRun {
  const run: CheckRun = {
    id: world.nextId(),
    name: fields.name,
    headSha: suite.headSha,
    appId: suite.appId,
    suiteId: suite.id,
    status: fields.conclusion === undefined ? (fields.status ?? 'queued') : 'completed',
    conclusion: fields.conclusion ?? null,
    externalId: fields.externalId ?? '',
    detailsUrl: fields.detailsUrl ?? null,
    output: fields.output ?? { title: null, summary: null, text: null },
    annotations: fields.annotations ?? [],
    startedAt: fields.startedAt ?? timestamp(world),
    completedAt: fields.conclusion === undefined ? null : (fields.completedAt ?? timestamp(world)),
  };
  repository.checkRuns.set(run.id, run);
  announceCheckRun(world, repository, actor, run, 'created');
  if (run.status === 'completed') announceCheckRun(world, repository, actor, run, 'completed');
  followRuns(world, repository, actor, suite);
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
  run.startedAt = fields.startedAt ?? run.startedAt;
  run.annotations = [...run.annotations, ...(fields.annotations ?? [])];
  if (run.status === 'completed' && !wasCompleted)
    announceCheckRun(world, repository, actor, run, 'completed');
  const suite = repository.checkSuites.get(run.suiteId);
  if (suite) followRuns(world, repository, actor, suite);
}

/** Ask its App to run a check again: the suite is open again, the run itself stays as it is. */
export function rerequestCheckRun(
  world: World,
  repository: Repository,
  actor: User,
  run: CheckRun,
): void {
  const suite = repository.checkSuites.get(run.suiteId);
  if (suite) reopenSuite(world, suite);
  announceCheckRun(world, repository, actor, run, 'rerequested');
}

/** Send `check_run`. */
export function announceCheckRun(
  world: World,
  repository: Repository,
  actor: User,
  run: CheckRun,
  action: 'created' | 'completed' | 'rerequested',
): void {
  const shown = renderCheckRunEvent(world, repository, run);
  if (!shown) return;
  const payload = { action, check_run: shown } satisfies Webhook<
    'check-run-created' | 'check-run-completed' | 'check-run-rerequested'
  >;
  world.emit('check_run', repository, actor, payload);
}
