import type { JsonObject } from '#model/json.ts';
import type { ExpressionScope } from './expression.ts';
import type { ActionsHost, WorkflowScope } from './host.ts';
import type { JobOutcome, RunRecord } from './run-record.ts';
import type { JobDefinition, Permissions } from './workflow.ts';

/** One workflow file to execute, with what its caller passes in. */
export interface GraphInput {
  readonly host: ActionsHost;
  readonly run: RunRecord;
  readonly scope: WorkflowScope;
  readonly inputs: JsonObject;
  readonly secrets: Readonly<Record<string, string>>;
  /** The run's own workflow, or called by `secrets: inherit` all the way. */
  readonly inheritsSecrets: boolean;
  /** `caller / ` before the names of a called workflow's jobs. */
  readonly prefix: string;
  /** What the caller allows; null for the run's own file. */
  readonly cap: Permissions | null;
  readonly depth: number;
  readonly cancel: AbortSignal;
  readonly kill: AbortSignal;
}

/** How a job of this attempt ended, and whether that was taken over from the one before. */
export interface Settled extends JobOutcome {
  readonly kept: boolean;
}

/** Executes a workflow file; given as a value, because a called workflow is a graph again. */
export type RunGraph = (input: GraphInput) => Promise<ReadonlyMap<string, Settled>>;

/** A job whose `if:` was true. */
export interface ReadyJob {
  readonly input: GraphInput;
  readonly job: JobDefinition;
  readonly scope: ExpressionScope;
  readonly github: JsonObject;
  /** Whether everything it needs was taken over from the attempt before. */
  readonly needsKept: boolean;
  /** Ends the job. */
  readonly cancel: AbortSignal;
  readonly runGraph: RunGraph;
}

/** One combination of the matrix, or the job itself when it has none. */
export interface Cell extends ReadyJob {
  readonly matrix: JsonObject;
  readonly name: string;
}
