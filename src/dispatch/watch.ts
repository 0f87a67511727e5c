import type { EntryDraft } from '#model/entry.ts';
import type { Run, RunId } from '#model/run.ts';
import type { Place } from './dispatch.ts';
import { judgeProgress, quietMaxMs } from './judge-progress.ts';
import type { WorkflowState } from './judge-stop.ts';

export interface WatchDeps {
  readonly now: () => Date;
  /** Runs whose jobs are under way and that have not moved since. */
  readonly listQuiet: (since: Date) => Promise<readonly Run[]>;
  readonly hasReport: (id: RunId) => Promise<boolean>;
  readonly wasTold: (id: RunId) => Promise<boolean>;
  readonly readWorkflow: (place: Place, workflowRunId: number) => Promise<WorkflowState | null>;
  readonly append: (entry: EntryDraft) => Promise<void>;
  readonly sayLate: (run: Run, sentence: string) => Promise<void>;
  /** Run failed, grant closed, ledger `dispatch.failed`, and the job that says so: one transaction. */
  readonly fail: (run: Run, because: string) => Promise<void>;
  /** A run could not be looked at: said, and tried again by the next look. */
  readonly onTrouble: (run: Run, error: unknown) => void;
}

/**
 * Look at every run that has been quiet for a while: end those whose jobs are over without a word,
 * and tell people once about those that no runner takes. To be called every minute or so.
 */
export async function watch(deps: WatchDeps): Promise<void> {
  const now = deps.now().getTime();
  for (const run of await deps.listQuiet(new Date(now - quietMaxMs))) {
    // One that GitHub does not answer about must not keep the others from being looked at.
    await look(run, now, deps).catch((error: unknown) => deps.onTrouble(run, error));
  }
}

async function look(run: Run, now: number, deps: WatchDeps): Promise<void> {
  if (run.workflowRunId === null) return;
  const step = judgeProgress({
    state: run.state,
    quietMs: now - Date.parse(run.updatedAt),
    workflow: await deps.readWorkflow(run, run.workflowRunId),
    hasReport: await deps.hasReport(run.id),
    wasTold: await deps.wasTold(run.id),
  });
  if (step.kind === 'over') return deps.fail(run, step.because);
  if (step.kind === 'fine') return;
  await deps.append({
    kind: 'dispatch.late',
    runId: run.id,
    repositoryId: run.repository.id,
    actor: 'app',
    facts: { workflowRunId: run.workflowRunId, sentence: step.sentence },
  });
  await deps.sayLate(run, step.sentence);
}
