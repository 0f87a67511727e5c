import type { ToolGrant } from '#model/grant.ts';
import type { JsonObject } from '#model/json.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import { findTool } from './inventory.ts';
import type { Tool } from './tool.ts';
import { wireName } from './tool.ts';

/** Why a call is refused. The client hears the same words for a tool it may not use and one that is not there. */
export type CallRefusal =
  | { readonly reason: 'tool_not_granted'; readonly name: string }
  | { readonly reason: 'arguments_invalid'; readonly name: string; readonly sentence: string };

/** Checks arguments against a JSON Schema: null when they fit, else the sentence that says why not. */
export type CheckArguments = (schema: JsonObject, args: JsonObject) => string | null;

export interface AdmittedCall {
  readonly tool: Tool;
  readonly grant: ToolGrant;
  readonly args: JsonObject;
}

/** Exactly the granted tools, sorted, as a client may list them. */
export function grantedTools(grants: readonly ToolGrant[]): readonly Tool[] {
  return grants
    .flatMap((grant) => findTool(grant.tool) ?? [])
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Grant first, then arguments: whether a tool exists is not told to whom it is not granted. */
export function admitCall(
  wire: string,
  args: JsonObject,
  grants: readonly ToolGrant[],
  checkArguments: CheckArguments,
): Result<AdmittedCall, CallRefusal> {
  const tool = grantedTools(grants).find((one) => wireName(one.name) === wire);
  const grant = grants.find((one) => one.tool === tool?.name);
  if (!tool || !grant) return refuse({ reason: 'tool_not_granted', name: wire.slice(0, 60) });
  const wrong = checkArguments(tool.inputSchema, args);
  if (wrong !== null)
    return refuse({ reason: 'arguments_invalid', name: tool.name, sentence: wrong });
  return ok({ tool, grant, args });
}
