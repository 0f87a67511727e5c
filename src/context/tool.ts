import type { JsonObject } from '#model/json.ts';
import type { Policy } from '#model/policy.ts';
import type { Run } from '#model/run.ts';
import type { Snapshot } from '#model/snapshot.ts';

/** Who could have written what a tool returns, weakest last. */
export type Integrity = 'maintainer' | 'contributor' | 'outsider';

/** One piece of a result with the trust it deserves. */
export interface ToolItem {
  readonly integrity: Integrity;
  /** Where it comes from, for example `issue body by octocat (NONE)`. */
  readonly source: string;
  readonly text: string;
}

/** What a tool may look at: the run it serves, as it was authorized, and nothing else. */
export interface RunView {
  readonly run: Run;
  readonly snapshot: Snapshot;
  readonly policy: Policy;
}

/**
 * One context tool. Its name and description are ours, never upstream text, so that nothing can
 * poison them. A tool takes no repository and no run: those come from the session.
 */
export interface Tool {
  /** As policy names it. */
  readonly name: string;
  readonly description: string;
  /** JSON Schema 2020-12 of the arguments. */
  readonly inputSchema: JsonObject & { readonly type: 'object' };
  readonly read: (view: RunView, args: JsonObject) => readonly ToolItem[];
}

/** The name on the wire: clients prefix it and allow no dot (`issue.read` → `issue_read`). */
export function wireName(name: string): string {
  return name.replaceAll('.', '_');
}
