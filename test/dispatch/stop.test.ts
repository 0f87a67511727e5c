import { describe, expect, it } from '@jest/globals';
import { buildRun } from '#dispatch/build-run.ts';
import type { Progress } from '#dispatch/judge-progress.ts';
import { judgeProgress } from '#dispatch/judge-progress.ts';
import type { WorkflowState } from '#dispatch/judge-stop.ts';
import type { Started } from '#dispatch/match-run.ts';
import type { EndWorkflow, EndWorkflowDeps } from '#dispatch/stop.ts';
import { endWorkflow, enforcePause } from '#dispatch/stop.ts';
import type { WatchDeps } from '#dispatch/watch.ts';
import { watch } from '#dispatch/watch.ts';
import type { Pause } from '#model/pause.ts';
import { keysOver, parsePauseKey, pauseKey } from '#model/pause.ts';
import type { Run } from '#model/run.ts';
import { aRuling } from './a-ruling.ts';

const noon = new Date('2026-11-22T12:00:00Z');
const run: Run = {
  ...buildRun(aRuling(4), { run: 'run-4', chain: 'chain-4' }, noon),
  state: 'cancelled',
  workflowRunId: 70,
};
const running: WorkflowState = { status: 'in_progress', conclusion: null };
const ended: WorkflowState = { status: 'completed', conclusion: 'cancelled' };

/** A GitHub whose workflow run ends after so many requests to cancel it; `Infinity` for never. */
async function endAfter(
  requests: number,
  of: Run = run,
  started: readonly Started[] = [{ kind: 'none' }],
) {
  const found = [...started];
  const log: string[] = [];
  let order: EndWorkflow | undefined = { runId: of.id, asked: 0 };
  let cancels = 0;
  const deps: EndWorkflowDeps = {
    findRun: async () => of,
    findStarted: async () => found.shift() ?? { kind: 'none' },
    readWorkflow: async () => (cancels >= requests ? ended : running),
    cancel: async (_place, id, force) => {
      cancels += 1;
      log.push(`${force ? 'force' : 'cancel'} ${id}`);
    },
    append: async (entry) => void log.push(entry.kind),
    say: async (_run, sentence) => void log.push(sentence),
    again: async (next, seconds) => {
      order = next;
      log.push(`look in ${seconds} s`);
    },
  };
  for (let step = 0; order && step < 30; step += 1) {
    const current: EndWorkflow = order;
    order = undefined;
    await endWorkflow(current, deps);
  }
  return log;
}

describe('endWorkflow', () => {
  it('stop:closed: asks until the workflow run has ended, records that, and says so', async () => {
    expect(await endAfter(2)).toEqual([
      'cancel 70',
      'look in 2 s',
      'cancel 70',
      'look in 8 s',
      'dispatch.ended',
      'Its workflow run 70 has ended (cancelled)',
    ]);
  });

  it('asks with force when asking does not help', async () => {
    const log = await endAfter(5);

    expect(log.slice(0, 10)).toEqual([
      'cancel 70',
      'look in 2 s',
      'cancel 70',
      'look in 8 s',
      'cancel 70',
      'look in 20 s',
      'force 70',
      'look in 10 s',
      'force 70',
      'look in 10 s',
    ]);
    expect(log.at(-1)).toContain('has ended');
  });

  it('stop:closed: finds and ends what GitHub had started before its number was kept', async () => {
    const unbound = { ...run, workflowRunId: null };
    const late = { kind: 'not_listed_yet' } as const;
    const one = { kind: 'one', workflowRunId: 71 } as const;
    expect(await endAfter(1, unbound, [late, one, one])).toEqual([
      'look in 10 s',
      'cancel 71',
      'look in 2 s',
      'dispatch.ended',
      'Its workflow run 71 has ended (cancelled)',
    ]);
    expect(await endAfter(1, unbound, [{ kind: 'many', count: 2 }])).toEqual([
      'It was being started, and 2 workflow runs could be its own: cancel them by hand',
    ]);
    expect(await endAfter(1, unbound)).toEqual(['No job had started']);
  });

  it('tells people when nothing helps, instead of waiting for ever', async () => {
    const log = await endAfter(Number.POSITIVE_INFINITY);

    expect(log.slice(-2)).toEqual([
      'dispatch.stuck',
      'Its credentials are revoked, but workflow run 70 is still in_progress after 12 requests to cancel it: cancel it by hand',
    ]);
  });

  it('asks nothing of GitHub for a run that never had a job', async () => {
    expect(await endAfter(0, { ...run, workflowRunId: null })).toEqual(['No job had started']);
  });
});

describe('enforcePause', () => {
  const pause: Pause = {
    scope: { kind: 'app' },
    because: 'night',
    by: 'operator',
    at: noon.toISOString(),
  };

  it('stop:closed: stops what runs, takes back what was admitted, leaves what waits and what is with people', async () => {
    const states = ['held', 'admitted', 'dispatched', 'working', 'verifying', 'proven'] as const;
    const withPeople = ['published', 'in_review', 'merged', 'settled'] as const;
    const runs = [...states, ...withPeople].map((state) => ({ ...run, id: state, state }));
    const log: string[] = [];

    const stopped = await enforcePause(pause, {
      listCovered: async () => runs,
      findRun: async (id) => runs.find((one) => one.id === id),
      withdraw: async (id) => {
        log.push(`withdraw ${id}`);
        return true;
      },
      end: async ({ id }, because) => void log.push(`end ${id}: ${because}`),
    });

    expect(stopped).toEqual(['dispatched', 'working', 'verifying', 'proven']);
    expect(log).toEqual([
      'withdraw admitted',
      ...stopped.map((id) => `end ${id}: all of Sallyport was paused: night`),
    ]);
  });

  it('stops an admitted run whose workflow was asked for already', async () => {
    const admitted = { ...run, state: 'admitted' as const };
    const log: string[] = [];

    await enforcePause(pause, {
      listCovered: async () => [admitted],
      findRun: async () => admitted,
      withdraw: async () => false,
      end: async ({ id }) => void log.push(`end ${id}`),
    });

    expect(log).toEqual(['end run-4']);
  });
});

describe('the scope of a pause', () => {
  it.each([
    'app',
    'installation:3',
    'repository:5',
    'run:019e0000-0000-7000-8000-00000000000a',
    'tool:issue.read',
  ])('is written and read as %s', (key) => {
    const scope = parsePauseKey(key);

    expect(scope && pauseKey(scope)).toBe(key);
  });

  it.each([
    '',
    'App',
    'repository:',
    'repository:05',
    'repository:-1',
    'run:5',
    'app:1',
    'x:app',
    'tool:',
    'tool:%',
    'tool:A b',
  ])('is not %p', (key) => expect(parsePauseKey(key)).toBeUndefined());

  it('covers a run from four sides', () => {
    const place = { installationId: 3, repositoryId: 5, runId: 'r' };

    expect(keysOver(place)).toEqual(['app', 'installation:3', 'repository:5', 'run:r']);
    expect(keysOver({ ...place, runId: null })).toHaveLength(3);
  });
});

describe('judgeProgress', () => {
  const late: Progress = {
    state: 'dispatched',
    quietMs: 11 * 60_000,
    workflow: { status: 'queued', conclusion: null },
    hasReport: false,
    wasTold: false,
  };

  it.each<[string, Partial<Progress>, string]>([
    ['a run that no runner takes', {}, 'late'],
    ['the same a second time', { wasTold: true }, 'fine'],
    ['one that has just been asked for', { quietMs: 9 * 60_000 }, 'fine'],
    ['an agent that takes its time', { state: 'working', workflow: running }, 'fine'],
    ['a workflow run that ended without a word', { workflow: ended }, 'over'],
    ['one that ended this minute', { workflow: ended, quietMs: 60_000 }, 'fine'],
    ['one whose report is being worked on', { workflow: ended, hasReport: true }, 'fine'],
    ['one that somebody deleted', { workflow: null }, 'over'],
  ])('says of %s what it is', (_name, changes, kind) => {
    expect(judgeProgress({ ...late, ...changes }).kind).toBe(kind);
  });

  const dispatched: Run = { ...run, state: 'dispatched', updatedAt: noon.toISOString() };
  const openWatch = () => {
    const log: string[] = [];
    const deps: WatchDeps = {
      now: () => new Date(noon.getTime() + 11 * 60_000),
      listQuiet: async () => [dispatched],
      hasReport: async () => false,
      wasTold: async () => log.includes('dispatch.late'),
      readWorkflow: async () => late.workflow,
      append: async (entry: { kind: string }) => void log.push(entry.kind),
      sayLate: async (_run: Run, sentence: string) => void log.push(sentence),
      fail: async () => void log.push('failed'),
      onTrouble: ({ id }, error) => void log.push(`${id}: ${String(error)}`),
    };
    return { log, deps };
  };

  it('looks at the next run when GitHub does not answer about one', async () => {
    const { log, deps } = openWatch();

    await watch({
      ...deps,
      listQuiet: async () => [{ ...dispatched, workflowRunId: 71 }, dispatched],
      readWorkflow: async (_place, id) => {
        if (id === 71) throw new Error('GitHub answered 502');
        return ended;
      },
    });

    expect(log).toEqual(['run-4: Error: GitHub answered 502', 'failed']);
  });

  it('tells people once what to look at, after it is recorded', async () => {
    const { log, deps } = openWatch();

    await watch(deps);
    await watch(deps);

    expect(log).toEqual([
      'dispatch.late',
      'The workflow run is queued for 11 minutes and no job of it has begun: see that a runner is free and that its environments wait for nobody',
    ]);
  });
});
