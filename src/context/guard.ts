import type { IncomingHttpHeaders } from 'node:http';
import type { Json } from '#model/json.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';

/** A request to /mcp that is answered before any tool is thought of. */
export interface McpRefusal {
  readonly status: 400 | 401 | 403 | 405;
  readonly sentence: string;
}

const versions = ['2025-03-26', '2025-06-18', '2025-11-25'];
const bearer = /^Bearer (agm_[A-Za-z0-9_-]{43})$/;

/**
 * The checks that need no state, in order: method, Host and Origin (DNS rebinding, CVE-2025-66414),
 * one well-formed bearer token in the header and none in the URL.
 */
export function guardRequest(
  request: {
    readonly method: string;
    readonly url: string;
    readonly headers: IncomingHttpHeaders;
    readonly authorization: readonly string[];
  },
  hosts: readonly string[],
): Result<string, McpRefusal> {
  if (request.method !== 'POST') return refuse({ status: 405, sentence: 'use POST' });
  const { host, origin } = request.headers;
  if (!host || !hosts.includes(host.toLowerCase())) {
    return refuse({ status: 403, sentence: 'this host name is not served here' });
  }
  if (origin !== undefined)
    return refuse({ status: 403, sentence: 'browsers are not served here' });
  if (request.url.includes('?')) return refuse({ status: 400, sentence: 'no query is taken here' });
  const token = bearer.exec(request.authorization[0] ?? '')?.[1];
  if (request.authorization.length !== 1 || !token) {
    return refuse({ status: 401, sentence: 'a context session token is needed' });
  }
  return ok(token);
}

/** The checks on a parsed body: one message, a version we speak, headers that agree with it. */
export function guardBody(body: Json, headers: IncomingHttpHeaders): Result<Json, McpRefusal> {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    return refuse({ status: 400, sentence: 'one JSON-RPC message is taken, and no batch' });
  }
  const version = headers['mcp-protocol-version'];
  if (version !== undefined && !versions.includes(String(version))) {
    return refuse({
      status: 400,
      sentence: `protocol version ${versions.join(' or ')} is spoken here`,
    });
  }
  const message = body as { readonly method?: Json; readonly params?: { readonly name?: Json } };
  const method = headers['mcp-method'];
  const name = headers['mcp-name'];
  if (
    (method !== undefined && method !== message.method) ||
    (name !== undefined && name !== message.params?.name)
  ) {
    return refuse({
      status: 400,
      sentence: 'the Mcp-Method and Mcp-Name headers must agree with the body',
    });
  }
  return ok(body);
}
