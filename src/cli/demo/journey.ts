import { checks, label } from '#model/names.ts';
import type { Run } from '#model/run.ts';
import { isEnded } from '#model/run.ts';
import { findRunOfIssue } from '#postgres/run-store.ts';
import { Exit } from '../exit-code.ts';
import type { Factory } from './factory.ts';
import { approve, merge, setLabel } from './people.ts';
import { people } from './shop.ts';
import { until } from './until.ts';

/** A repository of the demo, as the App and the people know it. */
export interface Stage {
  readonly factory: Factory;
  readonly repository: { readonly owner: string; readonly name: string };
  /** How long one run may take: the policy's minutes, and then some. */
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

/** The maintainer sets the label: the wish to start, with the maintainer's authority. */
export async function askFor(stage: Stage, issue: number): Promise<void> {
  await setLabel(stage.factory.person(people.maintainer.login), fullName(stage), issue, label);
}

/** The newest run of an issue; undefined while there is none. */
export function findRun(stage: Stage, issue: number): Promise<Run | undefined> {
  const { database } = stage.factory.app.edges;
  return findRunOfIssue(database, repositoryId(stage), issue);
}

/** Wait until a run's pull request waits for people, or the run ended before that. */
export function untilWithPeople(stage: Stage, issue: number): Promise<Run> {
  return until(
    `the run of issue #${issue} to be in review`,
    stage.limitMs,
    async () => {
      const run = await findRun(stage, issue);
      return run && (run.state === 'in_review' || isEnded(run.state)) ? run : undefined;
    },
    stage.signal,
  );
}

/** The reviewer approves the very commit, the gate turns green, the maintainer merges it. */
export async function reviewAndMerge(stage: Stage, run: Run): Promise<Run> {
  const { factory, signal } = stage;
  const { pull, headSha } = run;
  if (pull === null || headSha === null) return run;
  await approve(factory.person(people.reviewer.login), fullName(stage), pull, headSha);
  await untilGate(stage, headSha, 'success');
  await merge(factory.person(people.maintainer.login), fullName(stage), pull, headSha);
  return until(
    `the run of issue #${run.issue.number} to be settled`,
    stage.limitMs,
    async () => {
      const now = await findRun(stage, run.issue.number);
      return now && isEnded(now.state) ? now : undefined;
    },
    signal,
  );
}

/** Wait until the review check of a commit says this. An unproven commit never gets `success`. */
export async function untilGate(stage: Stage, headSha: string, conclusion: string): Promise<void> {
  await until(
    `${checks.review} to be ${conclusion}`,
    stage.limitMs,
    async () => {
      const now = await readChecks(stage, headSha);
      if (now[checks.review] === conclusion) return true;
      if (conclusion !== 'success' || now[checks.evidence] !== 'failure') return undefined;
      throw new Exit('unproven', `${headSha.slice(0, 7)} is unproven: its gate stays closed`);
    },
    stage.signal,
  );
}

/** The App's checks on a commit, by name, as a person sees them. */
export async function readChecks(
  stage: Stage,
  headSha: string,
): Promise<Record<string, string | null>> {
  const path = `/repos/${fullName(stage)}/commits/${headSha}/check-runs`;
  const { check_runs } = await stage.factory
    .person(people.maintainer.login)
    .get<{ check_runs: { name: string; conclusion: string | null; app: { id: number } }[] }>(path);
  const own = check_runs.filter((check) => check.app.id === stage.factory.github.app?.id);
  return Object.fromEntries(own.map((check) => [check.name, check.conclusion]));
}

export function fullName({ repository }: Pick<Stage, 'repository'>): string {
  return `${repository.owner}/${repository.name}`;
}

function repositoryId({ factory, repository }: Stage): number {
  return factory.github.world.repositoryByName(repository.owner, repository.name)?.id ?? 0;
}
