import { findStarted } from '#dispatch/dispatch.ts';
import type { EndWorkflow, EndWorkflowDeps, PauseDeps } from '#dispatch/stop.ts';
import { endWorkflow, enforcePause, stop } from '#dispatch/stop.ts';
import type { WatchDeps } from '#dispatch/watch.ts';
import { watch } from '#dispatch/watch.ts';
import { cancelRun, readWorkflowState } from '#github/cancel-run.ts';
import { putComment } from '#github/comment.ts';
import type { Pause, PauseScope } from '#model/pause.ts';
import { parsePauseKey } from '#model/pause.ts';
import type { Run, RunId } from '#model/run.ts';
import { escapeMarkdown } from '#policy/render-receipt.ts';
import { listOpenRuns } from '#postgres/run-store.ts';
import { createWatchStore, type WatchStore } from '#postgres/watch-store.ts';
import type { Edges } from './edges.ts';
import { lookDeps } from './look.ts';

/** What brings runs to rest: stops, pauses, and the look at those that are stuck. */
export interface Stopper {
  stop(runId: RunId, because: string, actor: string): Promise<void>;
  endWorkflow(order: EndWorkflow): Promise<void>;
  /** Set a pause and bring what it covers to rest. The runs that it stopped; null when it was set before. */
  pause(pause: Pause): Promise<readonly RunId[] | null>;
  /** Lift a pause; false when there was none. */
  resume(scope: PauseScope, by: string): Promise<boolean>;
  /** Repositories in which something may wait for a pause that was lifted. */
  listResumed(scopeKey: string): Promise<readonly number[]>;
  /** Every pause in force again: what a crash left undone. */
  enforce(): Promise<void>;
  /** Look at the stuck runs: what a lost delivery left undone. */
  watch(): Promise<void>;
}

export function composeStopper(edges: Edges): Stopper {
  const { grants, pauses, database } = edges;
  // One for all looks: it knows where the last one ended.
  const watched = createWatchStore(database);
  const stops: PauseDeps = {
    findRun: grants.findRun,
    end: grants.end,
    listCovered: pauses.listCovered,
    withdraw: pauses.withdraw,
  };
  return {
    stop: async (runId, because, actor) => {
      await stop(runId, because, actor, stops);
    },
    endWorkflow: (order) => endWorkflow(order, endWorkflowDeps(edges)),
    pause: async (pause) => ((await pauses.pause(pause)) ? enforcePause(pause, stops) : null),
    resume: pauses.resume,
    listResumed: async (scopeKey) => {
      const scope = parsePauseKey(scopeKey);
      const covered = scope ? await pauses.listCovered(scope) : await listOpenRuns(database, 'all');
      return [...new Set(covered.map((run) => run.repository.id))];
    },
    enforce: async () => {
      for (const pause of await pauses.list()) await enforcePause(pause, stops);
    },
    watch: () => watch(watchDeps(edges, watched)),
  };
}

function endWorkflowDeps(edges: Edges): EndWorkflowDeps {
  const { github, grants, queue, database } = edges;
  return {
    findRun: grants.findRun,
    findStarted: (run) => findStarted(run, lookDeps(edges)),
    readWorkflow: (place, id) => readWorkflowState(github, place, id),
    cancel: (place, id, force) => cancelRun(github, place, id, force),
    append: grants.append,
    say: (run, sentence) => {
      const headline = run.state === 'failed' ? 'failed' : 'stopped';
      return say(edges, run, headline, `${run.because ?? ''}. ${sentence}`);
    },
    again: (order, delaySeconds) =>
      database.transaction((tx) => queue.send(tx, 'end-workflow', order, { delaySeconds })),
  };
}

function watchDeps(edges: Edges, store: WatchStore): WatchDeps {
  const { github, grants, sessions, now } = edges;
  return {
    now,
    listQuiet: store.listQuiet,
    hasReport: async (id) => (await sessions.findReport(id)) !== undefined,
    wasTold: store.wasTold,
    readWorkflow: (place, id) => readWorkflowState(github, place, id),
    append: grants.append,
    sayLate: (run, sentence) => say(edges, run, 'waiting for a runner', sentence),
    fail: grants.fail,
    onTrouble: ({ id }, error) => edges.say(`run ${id} could not be looked at: ${String(error)}`),
  };
}

/** The one comment that says where the issue stands: whoever asked looks there. */
async function say(edges: Edges, run: Run, headline: string, sentence: string): Promise<void> {
  await putComment(edges.github, edges.identity.botId, {
    stage: 'dispatch',
    installationId: run.installationId,
    repository: run.repository,
    issue: run.issue.number,
    marker: 'receipt',
    body: `**Sallyport: ${headline}.** ${escapeMarkdown(sentence)}.`,
  });
}
