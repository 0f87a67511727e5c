import type { Json, JsonObject } from '#model/json.ts';

/** One step as written: values are templates, evaluated when the step starts. */
export interface StepDefinition {
  readonly id: string | undefined;
  readonly name: string | undefined;
  readonly condition: string | undefined;
  readonly run: string | undefined;
  readonly uses: string | undefined;
  readonly shell: string | undefined;
  readonly workingDirectory: string | undefined;
  readonly with: JsonObject;
  readonly env: Json;
  readonly continueOnError: Json;
  readonly timeoutMinutes: Json;
}

/** `concurrency:` of a workflow or job. */
export interface ConcurrencyDefinition {
  readonly group: string;
  readonly cancelInProgress: Json;
  readonly queue: 'single' | 'max';
}

/** `defaults.run`. */
export interface RunDefaults {
  readonly shell: string | undefined;
  readonly workingDirectory: string | undefined;
}

/** One job as written. Either `uses` names a reusable workflow or `steps` is not empty. */
export interface JobDefinition {
  readonly id: string;
  readonly name: string | undefined;
  readonly needs: readonly string[];
  readonly condition: string | undefined;
  readonly runsOn: Json;
  readonly env: Json;
  readonly permissions: Permissions | undefined;
  readonly outputs: Readonly<Record<string, string>>;
  readonly strategy: JsonObject;
  readonly timeoutMinutes: Json;
  readonly continueOnError: Json;
  readonly concurrency: ConcurrencyDefinition | undefined;
  /** The environment's name, still a template; undefined when the job names none. */
  readonly environment: string | undefined;
  readonly defaults: RunDefaults;
  readonly steps: readonly StepDefinition[];
  readonly uses: string | undefined;
  readonly with: JsonObject;
  readonly secrets: Json;
}

/** An input of `workflow_dispatch` or `workflow_call`. */
export interface InputDefinition {
  readonly name: string;
  readonly type: 'string' | 'boolean' | 'number' | 'choice' | 'environment';
  readonly required: boolean;
  readonly fallback: Json | undefined;
  readonly options: readonly string[];
}

/** A workflow file, checked for shape. */
export interface Workflow {
  readonly name: string;
  readonly runName: string | undefined;
  /** Event name → its filter, null when it has none. */
  readonly on: ReadonlyMap<string, Json>;
  readonly permissions: Permissions | undefined;
  readonly env: Json;
  readonly defaults: RunDefaults;
  readonly concurrency: ConcurrencyDefinition | undefined;
  readonly dispatchInputs: readonly InputDefinition[];
  readonly callInputs: readonly InputDefinition[];
  readonly callOutputs: Readonly<Record<string, string>>;
  readonly jobs: ReadonlyMap<string, JobDefinition>;
}

/** Permission name, with hyphens as in workflow files, to its level; absent is `none`. */
export type Permissions = Readonly<Record<string, 'read' | 'write'>>;
