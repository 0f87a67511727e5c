/** A workflow run as GitHub shows it. */
export interface WorkflowState {
  /** `queued`, `in_progress`, `completed`, … */
  readonly status: string;
  readonly conclusion: string | null;
}

/** What to do next about a workflow run that shall end. */
export type StopStep =
  | { readonly kind: 'ended'; readonly conclusion: string }
  | { readonly kind: 'ask'; readonly force: boolean }
  | { readonly kind: 'stuck'; readonly status: string };

/** Asked plainly so often, then with force: that skips the clean-up that may be what hangs. */
const plainlyMax = 3;
const asksMax = 12;

/** What comes next, after `asked` requests to cancel it. A run that is gone has ended. */
export function judgeStop(workflow: WorkflowState | null, asked: number): StopStep {
  if (!workflow) return { kind: 'ended', conclusion: 'gone' };
  if (workflow.status === 'completed') {
    return { kind: 'ended', conclusion: workflow.conclusion ?? 'unknown' };
  }
  if (asked >= asksMax) return { kind: 'stuck', status: workflow.status };
  return { kind: 'ask', force: asked >= plainlyMax };
}
