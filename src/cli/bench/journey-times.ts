import { z } from 'zod';
import { changeSetSchema } from '#model/change-set.ts';
import type { Entry } from '#model/entry.ts';
import { assert } from '#model/fault.ts';
import type { CellRecord } from '#model/verify-record.ts';
import { cellNames, cellRecordSchema, verifyRecordSchema } from '#model/verify-record.ts';
import { findEvidenceOfRun } from '#postgres/evidence-read.ts';
import type { Stage } from '../demo/journey.ts';
import { fullName } from '../demo/journey.ts';
import { readFolder } from '../demo/report.ts';
import { people } from '../demo/shop.ts';
import type { Handover } from './overhead.ts';
import type { Journey } from './shop-journey.ts';

/** What the journey's evidence says about time, in ms. */
export interface EvidenceTimes {
  readonly agentMs: number;
  /** Setup and test commands of the cells, as long as somebody waited for them. */
  readonly commandsMs: number;
  /** The same of all four cells added up: more, because two cells run at once. */
  readonly commandsSumMs: number;
  /** The whole verification in its job: trees, cells, screens. */
  readonly verifyMs: number;
}

/** Read the times out of the signed evidence. */
export async function readEvidenceTimes(stage: Stage, { run }: Journey): Promise<EvidenceTimes> {
  const stored = await findEvidenceOfRun(stage.factory.app.edges.database, run.id);
  assert(stored, 'a settled run has evidence');
  const files = await readFolder(stage, stored);
  const read = (path: string) => JSON.parse(Buffer.from(files.get(path) ?? []).toString('utf8'));
  const cells = [...files.keys()].filter((path) => /^tests\/[a-z-]+\.json$/.test(path));
  const commands = sumCommands(cells.map((path) => cellRecordSchema.parse(read(path))));
  return {
    agentMs: changeSetSchema.parse(read('agent/change-set.json')).agent.durationMs,
    commandsMs: commands.waitedMs,
    commandsSumMs: commands.sumMs,
    verifyMs: verifyRecordSchema.parse(read('verify.json')).durationMs,
  };
}

/** Verification runs the cells in these pairs, both of a pair at once. */
const pairs = [cellNames.slice(0, 2), cellNames.slice(2)] as const;

/** How long commands ran: added up, and with only the longer of two cells that run at once. */
export function sumCommands(cells: readonly CellRecord[]): {
  readonly sumMs: number;
  readonly waitedMs: number;
} {
  const durationOf = ({ setup, commands }: CellRecord) =>
    commands.reduce((sum, command) => sum + command.durationMs, setup?.durationMs ?? 0);
  const sum = (durations: readonly number[]) => durations.reduce((all, one) => all + one, 0);
  const ofPair = (names: readonly string[]) =>
    cells.filter(({ cell }) => names.includes(cell)).map(durationOf);
  return {
    sumMs: sum(cells.map(durationOf)),
    waitedMs: sum(pairs.map((names) => Math.max(0, ...ofPair(names)))),
  };
}

const jobsSchema = z.object({
  jobs: z.array(
    z.object({ name: z.string(), started_at: z.string(), completed_at: z.string().nullable() }),
  ),
});

/** A job of the workflow run, as GitHub shows its times. */
export interface JobTimes {
  readonly startedAt: number;
  readonly completedAt: number;
}

/** Ask GitHub, as the maintainer would, when the agent's and the verifier's job ran. */
export async function readJobs(
  stage: Stage,
  { run }: Journey,
): Promise<{ readonly agent: JobTimes; readonly verify: JobTimes }> {
  const path = `/repos/${fullName(stage)}/actions/runs/${run.workflowRunId}/jobs`;
  const person = stage.factory.person(people.maintainer.login);
  const { jobs } = jobsSchema.parse(await person.get<unknown>(path));
  const find = (name: string): JobTimes => {
    const job = jobs.find((one) => one.name.includes(name));
    assert(job?.completed_at, `the workflow run has a completed job for ${name}`);
    return { startedAt: Date.parse(job.started_at), completedAt: Date.parse(job.completed_at) };
  };
  return { agent: find('agent'), verify: find('verify') };
}

/** Who had the issue until when: from the ledger, and for the runner's jobs from GitHub. */
export function listHandovers(
  entries: readonly Entry[],
  jobs: { readonly agent: JobTimes; readonly verify: JobTimes },
  { settledAt }: Journey,
): readonly Handover[] {
  const timeOf = (kind: string, which: 'first' | 'last') => {
    const same = entries.filter((entry) => entry.kind === kind);
    const entry = which === 'first' ? same[0] : same.at(-1);
    assert(entry, `the ledger of a settled run has ${kind}`);
    return Date.parse(entry.at);
  };
  return [
    { stage: 'ingress', at: timeOf('ingress.received', 'first') },
    { stage: 'policy', at: timeOf('policy.decided', 'first') },
    { stage: 'dispatch', at: timeOf('dispatch.started', 'first') },
    { stage: 'sandbox', at: jobs.agent.completedAt },
    { stage: 'verification', at: jobs.verify.completedAt },
    { stage: 'broker', at: timeOf('broker.reported', 'first') },
    { stage: 'evidence', at: timeOf('evidence.posted', 'last') },
    { stage: 'review', at: timeOf('review.gated', 'last') },
    { stage: 'schedule', at: settledAt },
  ];
}
