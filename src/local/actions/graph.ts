import type { JsonObject } from '#model/json.ts';
import type { ActionsHost, WorkflowScope } from './host.ts';
import type { Conclusion, RunRecord } from './run-record.ts';
import type { Permissions } from './workflow.ts';

/** One workflow file to execute, with what its caller passes in. */
export interface GraphInput {
  readonly host: ActionsHost;
  readonly run: RunRecord;
  readonly scope: WorkflowScope;
  readonly inputs: JsonObject;
  readonly secrets: Readonly<Record<string, string>>;
  /** `caller / ` before the names of a called workflow's jobs. */
  readonly prefix: string;
  /** What the caller allows; null for the run's own file. */
  readonly cap: Permissions | null;
  readonly depth: number;
  readonly cancel: AbortSignal;
  readonly kill: AbortSignal;
}

/** A job's result as `needs` shows it. */
export interface Settled {
  readonly result: Conclusion;
  readonly outputs: Readonly<Record<string, string>>;
}

/** Executes a workflow file; given as a value, because a called workflow is a graph again. */
export type RunGraph = (input: GraphInput) => Promise<ReadonlyMap<string, Settled>>;
