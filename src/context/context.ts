import type { Sha256 } from '#model/digest.ts';
import { sha256OfJson } from '#model/digest.ts';
import type { ToolGrant } from '#model/grant.ts';
import type { JsonObject } from '#model/json.ts';
import type { RunId } from '#model/run.ts';
import type { CheckArguments } from './call-tool.ts';
import { admitCall } from './call-tool.ts';
import { inventorySha256 } from './inventory.ts';
import { renderResult } from './render-result.ts';
import type { RunView } from './tool.ts';

/** A live context session: what its token is good for. */
export interface ContextSession {
  readonly runId: RunId;
  readonly grantId: string;
  readonly tokenSha256: Sha256;
  readonly tools: readonly ToolGrant[];
}

/** One call, as it goes to the record before it is answered. */
export interface CallRecord {
  readonly session: ContextSession;
  readonly tool: string;
  readonly decision: 'allowed' | 'refused';
  readonly because: string | null;
  readonly argsSha256: Sha256;
  readonly resultBytes: number;
  readonly client: string | null;
  /** Of every tool's name, description and schema: a changed tool shows in the record. */
  readonly inventorySha256: Sha256;
}

export interface ContextDeps {
  readonly readView: (runId: RunId) => Promise<RunView | undefined>;
  /**
   * Count the call against its session's budget and write it down, in one transaction. With
   * `over_budget`, and with `dead` when the session ended meanwhile, it was written down as refused.
   */
  readonly recordCall: (
    call: CallRecord,
  ) => Promise<'recorded' | 'over_budget' | 'dead' | 'tool_paused'>;
  /** Tools that an operator has paused: they are not listed, and a call of one is recorded as refused. */
  readonly listPausedTools: () => Promise<ReadonlySet<string>>;
  readonly checkArguments: CheckArguments;
  /** An unguessable word for the fence around hostile text. */
  readonly boundary: () => string;
}

export type CallAnswer =
  | { readonly kind: 'result'; readonly text: string; readonly integrity: string }
  | { readonly kind: 'unknown_tool' }
  | { readonly kind: 'dead' }
  | { readonly kind: 'invalid_arguments'; readonly sentence: string }
  | { readonly kind: 'over_budget'; readonly sentence: string }
  | { readonly kind: 'tool_paused'; readonly sentence: string };

/** Call a tool for a session: admit, read, render, record, and only then answer. */
export async function callTool(
  session: ContextSession,
  wire: string,
  args: JsonObject,
  client: string | null,
  deps: ContextDeps,
): Promise<CallAnswer> {
  const base = {
    session,
    argsSha256: sha256OfJson(args),
    client,
    resultBytes: 0,
    inventorySha256,
  };
  const admitted = admitCall(wire, args, session.tools, deps.checkArguments);
  if (!admitted.ok) {
    const { reason, name } = admitted.refusal;
    await deps.recordCall({ ...base, tool: name, decision: 'refused', because: reason });
    return admitted.refusal.reason === 'arguments_invalid'
      ? { kind: 'invalid_arguments', sentence: admitted.refusal.sentence }
      : { kind: 'unknown_tool' };
  }
  const { tool, grant } = admitted.value;
  const view = await deps.readView(session.runId);
  if (!view) return { kind: 'unknown_tool' };
  const result = renderResult(tool.read(view, admitted.value.args), deps.boundary());
  const recorded = await deps.recordCall({
    ...base,
    tool: tool.name,
    decision: 'allowed',
    because: null,
    resultBytes: Buffer.byteLength(result.text),
  });
  if (recorded === 'dead') return { kind: 'dead' };
  if (recorded === 'tool_paused')
    return {
      kind: recorded,
      sentence: `an operator has paused the tool ${tool.name}: go on without it`,
    };
  return recorded === 'recorded'
    ? { kind: 'result', ...result }
    : {
        kind: 'over_budget',
        sentence: `the policy allows ${grant.callsMax} calls of ${tool.name} in one run, and they are used up`,
      };
}
