import { assert } from '#model/fault.ts';
import { listEntries } from '#postgres/ledger-store.ts';
import type { Stage } from '../demo/journey.ts';
import type { EvidenceTimes, JobTimes } from './journey-times.ts';
import { listHandovers, readEvidenceTimes, readJobs } from './journey-times.ts';
import type { Measurement } from './measurement.ts';
import type { Handover } from './overhead.ts';
import { splitOverhead } from './overhead.ts';
import type { PlainTimes } from './plain-work.ts';
import { doPlainWork } from './plain-work.ts';
import type { Journey } from './shop-journey.ts';
import { walkJourney, withShop } from './shop-journey.ts';
import { ratio } from './statistics.ts';

/** What one journey showed, before it is put into figures. */
export interface JourneyReadings {
  readonly journey: Journey;
  readonly handovers: readonly Handover[];
  readonly evidence: EvidenceTimes;
  readonly jobs: { readonly agent: JobTimes; readonly verify: JobTimes };
  readonly plain: PlainTimes;
}

/** One issue of the shop from label to settled: what the factory adds to the agent and the tests. */
export function measureJourney(): Promise<Measurement> {
  return withShop(async (stage) => {
    const plain = await doPlainWork(shopDirectory(stage)); // before the journey changes the shop
    const journey = await walkJourney(stage);
    const evidence = await readEvidenceTimes(stage, journey);
    const jobs = await readJobs(stage, journey);
    const entries = await listEntries(stage.factory.app.edges.database);
    const handovers = listHandovers(entries, jobs, journey);
    return summarizeJourney({ journey, handovers, evidence, jobs, plain });
  });
}

/** Put readings into figures: overhead is wall − agent − test commands, and its parts add up to it. */
export function summarizeJourney(readings: JourneyReadings): Measurement {
  const { journey, evidence, jobs, plain } = readings;
  const { agentMs, commandsMs, commandsSumMs, verifyMs } = evidence;
  const wallMs = journey.settledAt - journey.labelledAt;
  const overheadMs = Math.round(wallMs - agentMs - commandsMs);
  const parts = splitOverhead(journey.labelledAt, readings.handovers, {
    sandbox: agentMs,
    verification: commandsMs,
  });
  const byStage = Object.entries(parts).map(([stage, ms]) => [`overhead ${stage} ms`, ms]);
  return {
    figures: {
      wallMs,
      agentMs,
      commandsMs,
      overheadMs,
      ...Object.fromEntries(byStage),
      toPullRequestMs: journey.withPeopleAt - journey.labelledAt,
      agentJobMs: jobs.agent.completedAt - jobs.agent.startedAt,
      verifyJobMs: jobs.verify.completedAt - jobs.verify.startedAt,
      verifyMs,
      commandsSumMs,
    },
    baseline: { ...plain, plainMs: plain.cloneMs + plain.testMs },
    ratios: {
      wallToPlain: ratio(wallMs, plain.cloneMs + plain.testMs),
      overheadToPlain: ratio(overheadMs, plain.cloneMs + plain.testMs),
    },
  };
}

function shopDirectory({ factory, repository }: Stage): string {
  const { owner, name } = repository;
  const gitDir = factory.github.world.repositoryByName(owner, name)?.gitDir;
  assert(gitDir, 'the shop is a repository of the local GitHub');
  return gitDir;
}
