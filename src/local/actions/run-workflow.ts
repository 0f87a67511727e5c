import type { JsonObject } from '#model/json.ts';
import { valuesOf } from './environment.ts';
import { type ExpressionScope, evaluateDeep, evaluateText, isTruthy } from './expression.ts';
import type { Settled } from './graph.ts';
import type { ActionsHost, WorkflowScope } from './host.ts';
import { buildGithubContext } from './job-context.ts';
import { runGraph } from './run-graph.ts';
import type { Conclusion, RunRecord } from './run-record.ts';

/** Run one attempt of a run to its end: concurrency, jobs, conclusion, and the events of each. */
export async function runWorkflow(
  host: ActionsHost,
  run: RunRecord,
  scope: WorkflowScope,
): Promise<void> {
  const expressions = runScope(host, run, scope);
  if (scope.workflow.runName !== undefined)
    run.displayTitle = evaluateText(scope.workflow.runName, expressions);
  const leave = await enterGroup(host, run, scope, expressions);
  if (leave === undefined) return complete(host, run, 'cancelled');
  try {
    touch(host, run, 'in_progress');
    host.announceRun(run, 'in_progress');
    const settled = await runGraph({
      host,
      run,
      scope,
      inputs: run.inputs,
      secrets: valuesOf(run.repository.secrets),
      inheritsSecrets: true,
      prefix: '',
      cap: null,
      depth: 0,
      cancel: run.cancel.signal,
      kill: run.kill.signal,
    });
    complete(host, run, conclude(run, [...settled.values()]));
  } finally {
    leave();
  }
}

// A run that was cancelled is so, whatever a job that went on for it ended with.
function conclude(run: RunRecord, settled: readonly Settled[]): Conclusion {
  const results = settled.map((each) => each.result);
  const worst = (['failure', 'cancelled', 'success'] as const).find((r) => results.includes(r));
  if (run.cancel.signal.aborted && (worst === undefined || results.includes('cancelled')))
    return 'cancelled';
  return worst ?? 'skipped';
}

/** End an attempt that could not start, as GitHub ends one with a broken workflow file. */
export function failStartup(host: ActionsHost, run: RunRecord): void {
  complete(host, run, 'startup_failure');
}

function runScope(host: ActionsHost, run: RunRecord, scope: WorkflowScope): ExpressionScope {
  const github: JsonObject = buildGithubContext(host.world, run, scope);
  return {
    success: true,
    failure: false,
    cancelled: false,
    hashFiles: () => '',
    contexts: { github, inputs: run.inputs, vars: valuesOf(run.repository.variables) },
  };
}

async function enterGroup(
  host: ActionsHost,
  run: RunRecord,
  scope: WorkflowScope,
  expressions: ExpressionScope,
): Promise<(() => void) | undefined> {
  const { concurrency } = scope.workflow;
  if (concurrency === undefined) return () => {};
  const group = evaluateText(concurrency.group, expressions);
  touch(host, run, 'pending');
  return host.groups.enter({
    group: `${run.repository.id}/${group}`,
    cancelInProgress: isTruthy(evaluateDeep(concurrency.cancelInProgress, expressions)),
    queue: concurrency.queue,
    cancel: () => run.cancel.abort(),
    signal: run.cancel.signal,
  });
}

function touch(host: ActionsHost, run: RunRecord, status: RunRecord['status']): void {
  run.status = status;
  run.updatedAt = host.world.now().toISOString();
}

function complete(host: ActionsHost, run: RunRecord, conclusion: RunRecord['conclusion']): void {
  run.conclusion = conclusion;
  touch(host, run, 'completed');
  host.announceRun(run, 'completed');
}
