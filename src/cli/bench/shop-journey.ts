import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Run } from '#model/run.ts';
import { readDatabaseTemplate } from '../demo/database-template.ts';
import { openFactory } from '../demo/factory.ts';
import type { Stage } from '../demo/journey.ts';
import { askFor, reviewAndMerge, untilWithPeople } from '../demo/journey.ts';
import { planDemo } from '../demo/plan.ts';
import { Exit } from '../exit-code.ts';
import { untilInterrupted } from '../until-interrupted.ts';

/** The first issue of the shop; it waits for no other. */
const issue = 1;

/** One issue from its label to its end, with the clock readings around it (Unix ms). */
export interface Journey {
  readonly run: Run;
  readonly labelledAt: number;
  /** When the pull request was seen to wait for people; approving and merging follow at once. */
  readonly withPeopleAt: number;
  readonly settledAt: number;
}

/** Open the demo's shop with the App at work on it, measure there, and close all of it again. */
export async function withShop<T>(measure: (stage: Stage) => Promise<T>): Promise<T> {
  const plan = await planDemo({ port: 0, githubPort: 0 });
  const dataDir = await mkdtemp(join(tmpdir(), 'sallyport-bench-'));
  const interrupt = new AbortController();
  void untilInterrupted().then(() => interrupt.abort());
  try {
    const databaseTemplate = await readDatabaseTemplate();
    const say = (line: string) => process.stderr.write(`${line}\n`);
    const ports = { appPort: 0, githubPort: 0 };
    const factory = await openFactory({
      ...plan.factory,
      ...ports,
      dataDir,
      databaseTemplate,
      say,
    });
    try {
      const { repository, limitMs } = plan;
      return await measure({ factory, repository, limitMs, signal: interrupt.signal });
    } finally {
      await factory.close();
    }
  } catch (error) {
    throw interrupt.signal.aborted ? interrupted(error) : error;
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

function interrupted(cause: unknown): Exit {
  return new Exit('interrupted', 'stopped; nothing was measured', { cause });
}

/** Label the issue, approve and merge as soon as that is possible, and wait until it is settled. */
export async function walkJourney(stage: Stage): Promise<Journey> {
  const labelledAt = Date.now();
  await askFor(stage, issue);
  const ready = await untilWithPeople(stage, issue);
  const withPeopleAt = Date.now();
  const run = ready.state === 'in_review' ? await reviewAndMerge(stage, ready) : ready;
  if (run.state !== 'settled') {
    throw new Exit(
      'unproven',
      `only a merged issue is a measurement; it is ${run.state}: ${run.because ?? 'no reason was given'}`,
    );
  }
  const settledAt = Date.now();
  await stage.factory.app.idle(); // what comes after is not waited for by anybody, but it is counted
  return { run, labelledAt, withPeopleAt, settledAt };
}
