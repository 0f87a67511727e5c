import { randomBytes } from 'node:crypto';
import { proveSession } from '#broker/prove-session.ts';
import { checkSession } from '#broker/session.ts';
import { verifyProof } from '#broker/verify-token.ts';
import type { ContextDeps } from '#context/context.ts';
import { guardBody, guardRequest } from '#context/guard.ts';
import { answerMcp, checkArguments } from '#context/mcp.ts';
import { readBody } from '#http/read-body.ts';
import type { HttpRoute } from '#http/server.ts';
import { sendJson } from '#http/server.ts';
import type { Json } from '#model/json.ts';
import { findSnapshot, listPausedTools, recordToolCall } from '#postgres/context-store.ts';
import type { Edges } from '../edges.ts';
import { proofsOf } from './broker-routes.ts';

/** A JSON-RPC message for our tools is small. */
const mcpBytesMax = 256 * 1024;

/** `POST /mcp`: the context tools, for the session of a running agent job. */
export function mcpRoute(edges: Edges): HttpRoute {
  const hosts = [new URL(edges.settings.publicUrl).host];
  const deps = contextDeps(edges);
  return {
    method: '*',
    path: '/mcp',
    serve: async ({ request, response }) => {
      const refuse = (status: number, sentence: string) => {
        request.resume();
        const headers: Record<string, string> =
          status === 401 ? { 'www-authenticate': 'Bearer error="invalid_token"' } : {};
        sendJson(
          response,
          status,
          { jsonrpc: '2.0', id: null, error: { code: -32600, message: sentence } },
          headers,
        );
      };
      const guarded = guardRequest(
        {
          method: request.method ?? '',
          url: request.url ?? '',
          headers: request.headers,
          authorization: request.headersDistinct.authorization ?? [],
        },
        hosts,
      );
      if (!guarded.ok) return refuse(guarded.refusal.status, guarded.refusal.sentence);
      const session = await checkSession(guarded.value, 'agent', {
        findSession: edges.sessions.findSession,
        now: edges.now,
      });
      if (!session.ok) return refuse(401, 'the context session is not live');
      const call = { method: 'POST', url: `${edges.settings.publicUrl}/mcp`, token: guarded.value };
      const proven = await proveSession(
        session.value,
        // The gate sends an agent's call on as it comes: it signs before it knows the body.
        { ...call, proofs: proofsOf(request), body: null, now: edges.now() },
        { burn: edges.sessions.burn, verifyProof },
      );
      if (!proven.ok) return refuse(401, 'the holder of the session’s key did not sign this call');
      const bytes = await readBody(request, mcpBytesMax);
      if (!bytes.ok) return refuse(400, `expected at most ${mcpBytesMax} bytes`);
      const body = guardBody(parse(bytes.value), request.headers);
      if (!body.ok) return refuse(body.refusal.status, body.refusal.sentence);
      await answerMcp(request, response, body.value, session.value, deps);
    },
  };
}

function contextDeps({ database, grants, now }: Edges): ContextDeps {
  return {
    readView: async (runId) => {
      const run = await grants.findRun(runId);
      const snapshot = run && (await findSnapshot(database, run.snapshotSha256));
      return run && snapshot ? { run, snapshot, policy: run.policy } : undefined;
    },
    recordCall: ({ session, ...call }) =>
      recordToolCall(
        database,
        { ...call, runId: session.runId, tokenSha256: session.tokenSha256 },
        now(),
      ),
    listPausedTools: () => listPausedTools(database),
    checkArguments,
    boundary: () => `data-${randomBytes(9).toString('base64url')}`,
  };
}

function parse(bytes: Uint8Array): Json {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return null;
  }
}
