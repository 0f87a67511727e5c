import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checks } from '#model/names.ts';
import type { Run } from '#model/run.ts';
import type { ExitName } from '../exit-code.ts';
import { Exit } from '../exit-code.ts';
import type { Output } from '../output.ts';
import { openOutput } from '../output.ts';
import { untilInterrupted } from '../until-interrupted.ts';
import { readDatabaseTemplate } from './database-template.ts';
import type { Factory } from './factory.ts';
import { openFactory } from './factory.ts';
import { renderInvitation } from './invitation.ts';
import type { Stage } from './journey.ts';
import { askFor, readChecks, reviewAndMerge, untilWithPeople } from './journey.ts';
import { leaveBehind } from './leave-behind.ts';
import type { DemoOptions, DemoPlan } from './options.ts';
import { planDemo } from './plan.ts';
import type { JourneyReport } from './report.ts';
import { buildReport } from './report.ts';
import { watchLedger } from './watch.ts';

/** `sallyport demo`: the whole journey here. The exit code says how it ended, for every ending. */
export async function demo(options: DemoOptions): Promise<void> {
  const output = openOutput(options.json ?? false);
  const plan = await planDemo(options);
  const startedAt = Date.now();
  const dataDir = await mkdtemp(join(tmpdir(), 'sallyport-'));
  const interrupt = new AbortController();
  const interrupted = untilInterrupted().then(() => interrupt.abort());
  let factory: Factory | undefined;
  try {
    output.say('Opening a local GitHub and the App …');
    factory = await openFactory({
      ...plan.factory,
      dataDir,
      appPort: options.port,
      githubPort: options.githubPort,
      databaseTemplate: await readDatabaseTemplate(),
      say: output.say,
    });
    const stage = {
      factory,
      repository: plan.repository,
      limitMs: plan.limitMs,
      signal: interrupt.signal,
    };
    output.say(`  pages    ${factory.app.url}/runs`);
    output.say(
      `  GitHub   ${factory.github.urls.server}/${plan.repository.owner}/${plan.repository.name}\n`,
    );
    const report = await runJourney(plan, stage, output, startedAt, options.once ?? false);
    const left = await leaveBehind(stage, plan.outDir, output);
    output.answer({ ...report, out: left }, options.once ? [] : renderInvitation(stage));
    if (!options.once) await interrupted;
    else if (!report.ok) throw new Exit(exitOf(report), sentenceOf(report));
  } catch (error) {
    if (interrupt.signal.aborted)
      throw new Exit('interrupted', 'stopped; everything that ran was ended');
    throw error;
  } finally {
    await factory?.close();
    await rm(dataDir, { recursive: true, force: true });
    await plan.clean();
  }
}

async function runJourney(
  plan: DemoPlan,
  stage: Stage,
  output: Output,
  startedAt: number,
  once: boolean,
): Promise<JourneyReport> {
  const labelledAt = Date.now();
  const stopWatching = watchLedger(stage.factory.app.edges.database, labelledAt, output.say);
  try {
    for (const issue of plan.issues) await askFor(stage, issue);
    for (const [index, issue] of plan.issues.entries()) {
      const isLast = index === plan.issues.length - 1;
      const run = await untilWithPeople(stage, issue);
      // Nobody approves what is not proven; its gate would stay closed anyway.
      if (!(await isProven(stage, run))) break;
      // Without --once the last pull request is left for the person at the keyboard.
      if (once || !isLast) await reviewAndMerge(stage, run);
    }
    await Promise.race([stage.factory.app.idle(), aborted(stage.signal)]);
  } finally {
    await stopWatching();
  }
  const ended = Date.now();
  return buildReport(stage, {
    total: ended - startedAt,
    setUp: labelledAt - startedAt,
    journey: ended - labelledAt,
  });
}

async function isProven(stage: Stage, run: Run): Promise<boolean> {
  if (run.state !== 'in_review' || run.headSha === null) return false;
  return (await readChecks(stage, run.headSha))[checks.evidence] === 'success';
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function exitOf(report: JourneyReport): ExitName {
  const bad = report.runs.find((run) => run.state !== 'settled');
  if (!report.ledger.intact) return 'invalid';
  if (!bad) return report.runs.length === 0 ? 'denied' : 'unproven';
  return bad.verdict?.result === 'unproven' ? 'unproven' : 'agent';
}

function sentenceOf(report: JourneyReport): string {
  const bad = report.runs.find((run) => run.state !== 'settled');
  if (!bad) return 'no run was started: see the receipt on the issue';
  const missing = bad.verdict?.missing[0];
  if (!missing)
    return `issue #${bad.issue} is ${bad.state}: ${bad.because ?? 'its gate is closed'}`;
  return `issue #${bad.issue} is unproven: ${missing.property} is missing. ${missing.because}`;
}
