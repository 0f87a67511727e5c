import type { User } from '#local/record/account.ts';
import type { CheckRun, CheckSuite, CommitFacts } from '#local/record/check.ts';
import type { Repository } from '#local/record/repository.ts';
import type { World } from '../world.ts';
import { timestamp } from './change-label.ts';
import type { Webhook } from './operation.ts';
import { renderSuiteEvent, runsOf, suitesOf } from './render-check.ts';

/** What a suite is made of. */
export interface SuiteFacts {
  readonly appId: number;
  readonly head: CommitFacts;
  readonly headBranch: string | null;
  readonly before: string | null;
  /** The run of GitHub Actions that it belongs to; null for every other App. */
  readonly workflowRunId: number | null;
}

/** Add a check suite that has no runs yet. */
export function createSuite(world: World, repository: Repository, facts: SuiteFacts): CheckSuite {
  const now = timestamp(world);
  const suite: CheckSuite = {
    ...facts,
    id: world.nextId(),
    headSha: facts.head.sha,
    status: 'queued',
    conclusion: null,
    createdAt: now,
    updatedAt: now,
  };
  repository.checkSuites.set(suite.id, suite);
  return suite;
}

/** The suite an App's check runs on a commit go to; undefined before the first of them. */
export function findSuite(
  repository: Repository,
  appId: number,
  sha: string,
): CheckSuite | undefined {
  return suitesOf(repository, sha).find((each) => each.appId === appId);
}

// The worst first: one of these decides for the whole suite.
const WORST: readonly NonNullable<CheckRun['conclusion']>[] = [
  'failure',
  'timed_out',
  'action_required',
  'cancelled',
];

/** Bring a suite in step with its runs; the last one that completes sends `check_suite.completed`. */
export function followRuns(
  world: World,
  repository: Repository,
  actor: User,
  suite: CheckSuite,
): void {
  const runs = runsOf(repository, suite);
  const wasDone = suite.status === 'completed';
  const isDone = runs.every((run) => run.status === 'completed');
  const isWaiting = runs.every((run) => run.status === 'queued' || run.status === 'waiting');
  suite.status = isDone ? 'completed' : isWaiting ? 'queued' : 'in_progress';
  suite.conclusion = isDone ? concludeRuns(runs) : null;
  suite.updatedAt = timestamp(world);
  if (isDone && !wasDone) announceSuite(world, repository, actor, suite, 'completed');
}

function concludeRuns(runs: readonly CheckRun[]): CheckSuite['conclusion'] {
  const all = runs.map((run) => run.conclusion);
  const worst = WORST.find((each) => all.includes(each));
  if (worst !== undefined) return worst;
  if (all.includes('success')) return 'success';
  return all.includes('neutral') ? 'neutral' : 'skipped';
}

/** Clear a suite's result, as asking for one of its runs again does. */
export function reopenSuite(world: World, suite: CheckSuite): void {
  suite.status = 'queued';
  suite.conclusion = null;
  suite.updatedAt = timestamp(world);
}

/** Send `check_suite`. */
export function announceSuite(
  world: World,
  repository: Repository,
  actor: User,
  suite: CheckSuite,
  action: 'requested' | 'completed' | 'rerequested',
): void {
  const shown = renderSuiteEvent(world, repository, suite);
  if (shown) world.emit('check_suite', repository, actor, suitePayload(shown, action));
}

function suitePayload(
  shown: NonNullable<ReturnType<typeof renderSuiteEvent>>,
  action: 'requested' | 'completed' | 'rerequested',
): Webhook<'check-suite-requested' | 'check-suite-completed' | 'check-suite-rerequested'> {
  if (action === 'completed') return { action, check_suite: shown };
  // A suite that is asked for has no result: the published payloads do not know one.
  return { action, check_suite: { ...shown, status: 'queued', conclusion: null } };
}

/** Ask a suite's App to run all of it again. */
export function rerequestSuite(
  world: World,
  repository: Repository,
  actor: User,
  suite: CheckSuite,
): void {
  reopenSuite(world, suite);
  announceSuite(world, repository, actor, suite, 'rerequested');
}
