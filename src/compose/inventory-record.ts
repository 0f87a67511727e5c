import { findTool } from '#context/inventory.ts';
import type { ToolGrant } from '#model/grant.ts';
import type { Identity } from '#model/inventory.ts';
import type { GrantUse, SessionUse } from '#postgres/inventory-read.ts';

/** Digits of a digest that are shown: enough to find it in the ledger. */
const prefixLength = 12;

/** The start of a token's SHA-256, by which the ledger and this list name it. */
export function digestPrefix(sha256: string): string {
  return sha256.slice(0, prefixLength);
}

/** A grant as an identity: what one run may have. */
export function toGrantIdentity(grant: GrantUse, now: Date): Identity {
  const isOver = grant.state !== 'closed' && grant.expiresAt <= now;
  return {
    kind: 'grant',
    id: grant.id,
    name: `Grant for ${grant.repository}#${grant.issue}`,
    owner: grant.requester,
    purpose: 'what one run may have',
    scope: `context tools: ${sayTools(grant.tools)}; no write to GitHub`,
    holder: grant.workflowRunId === null ? 'nobody yet' : `workflow run ${grant.workflowRunId}`,
    state: isOver ? 'expired' : grant.state,
    since: grant.since.toISOString(),
    lastUsedAt: grant.lastUsedAt?.toISOString() ?? null,
    expiresAt: grant.expiresAt.toISOString(),
    scopeKey: grant.state === 'closed' ? null : `run:${grant.runId}`,
    revoke: grant.state === 'closed' ? 'closed for good' : `sallyport revoke run ${grant.runId}`,
  };
}

/** A session as an identity: what one job holds. */
export function toSessionIdentity(session: SessionUse, now: Date): Identity {
  const state = stateOf(session, now);
  const isAgent = session.phase === 'agent';
  return {
    kind: 'session',
    id: digestPrefix(session.tokenSha256),
    name: `${isAgent ? 'Context' : 'Report'} session of run ${session.runId}`,
    owner: session.requester,
    purpose: isAgent ? 'call the granted context tools' : 'name the artifacts of the run, once',
    scope: isAgent
      ? `${session.repository}: ${sayCalls(session)}`
      : `${session.repository}: POST /v1/report`,
    holder: `job ${session.checkRunId}, phase ${session.phase}`,
    state,
    since: session.since.toISOString(),
    lastUsedAt: session.lastUsedAt?.toISOString() ?? null,
    expiresAt: session.expiresAt.toISOString(),
    scopeKey: state === 'live' ? `run:${session.runId}` : null,
    revoke:
      state === 'live'
        ? `sallyport revoke run ${session.runId}`
        : 'dead; nothing of it is kept but its digest',
  };
}

function stateOf(session: SessionUse, now: Date): 'live' | 'expired' | 'revoked' | 'closed' {
  if (session.revokedAt !== null) return 'revoked';
  if (!session.isGrantOpen) return 'closed';
  return session.expiresAt <= now ? 'expired' : 'live';
}

function sayTools(tools: readonly ToolGrant[]): string {
  return tools.map(({ tool, callsMax }) => `${tool} (${callsMax} calls)`).join(', ') || 'none';
}

function sayCalls({ tools, calls }: SessionUse): string {
  const said = tools.map(({ tool, callsMax }) => `${tool} (${calls[tool] ?? 0} of ${callsMax})`);
  return said.join(', ') || 'no tool';
}

/** A context tool as an identity: what agents may read through the App. */
export function toToolIdentity(
  name: string,
  lastUsedAt: string | null,
  grants: readonly GrantUse[],
): Identity {
  const held = grants.filter(
    ({ state, tools }) => state !== 'closed' && tools.some(({ tool }) => tool === name),
  );
  return {
    kind: 'tool',
    id: name,
    name,
    owner: 'the policies that list it',
    purpose: findTool(name)?.description ?? 'a tool of an earlier version',
    scope: 'what was authorized for the session’s own run, and nothing else',
    holder: held.length === 1 ? '1 open grant' : `${held.length} open grants`,
    state: 'live',
    since: null,
    lastUsedAt,
    expiresAt: null,
    scopeKey: findTool(name) ? `tool:${name}` : null,
    revoke: `sallyport revoke tool ${name}`,
  };
}
