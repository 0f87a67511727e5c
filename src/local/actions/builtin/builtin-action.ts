import type { StepCall, StepResult } from '../job-state.ts';

/** An action that the runner itself provides, because nothing can be fetched from GitHub here. */
export type BuiltinAction = (
  call: StepCall & { readonly inputs: Readonly<Record<string, string>> },
) => Promise<StepResult>;

/** The result of a built-in that worked. */
export function done(outputs: Readonly<Record<string, string>> = {}): StepResult {
  return { outcome: 'success', outputs };
}

/** The result of a built-in that did not, with its reason in the log. */
export function failed(call: Pick<StepCall, 'state'>, message: string): StepResult {
  call.state.log.fail(message);
  return { outcome: 'failure', outputs: {} };
}
