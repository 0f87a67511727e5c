import type { Run } from '#model/run.ts';
import type { WorkflowState } from './judge-stop.ts';

/** What is known of a run whose jobs are under way. */
export interface Progress {
  readonly state: Run['state'];
  /** Milliseconds since the run last moved. */
  readonly quietMs: number;
  readonly workflow: WorkflowState | null;
  /** The report job has named its artifacts: the rest is ours to do. */
  readonly hasReport: boolean;
  /** People were told before that it waits for a runner. */
  readonly wasTold: boolean;
}

/** What a look at a run under way ends in. */
export type ProgressStep =
  | { readonly kind: 'fine' }
  | { readonly kind: 'late'; readonly sentence: string }
  | { readonly kind: 'over'; readonly because: string };

/** A webhook that comes gets so long to come; a runner that is free gets so long to begin. */
export const quietMaxMs = 2 * 60_000;
const queueMaxMs = 10 * 60_000;

/** Whether a run under way is stuck, and what to tell people: nobody waits for a run that is over. */
export function judgeProgress(progress: Progress): ProgressStep {
  const { state, quietMs, workflow, hasReport, wasTold } = progress;
  if (hasReport || quietMs < quietMaxMs) return { kind: 'fine' };
  if (!workflow) return { kind: 'over', because: 'the workflow run is gone: it was deleted' };
  if (workflow.status === 'completed') {
    return {
      kind: 'over',
      because: `the workflow run ended (${workflow.conclusion ?? 'unknown'}) and reported nothing: read its log`,
    };
  }
  if (state !== 'dispatched' || wasTold || quietMs < queueMaxMs) return { kind: 'fine' };
  const minutes = Math.floor(quietMs / 60_000);
  return {
    kind: 'late',
    sentence: `The workflow run is ${workflow.status.replaceAll('_', ' ')} for ${minutes} minutes and no job of it has begun: see that a runner is free and that its environments wait for nobody`,
  };
}
