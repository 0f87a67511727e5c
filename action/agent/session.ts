import { z } from 'zod';
import type { Json } from '#model/json.ts';
import { ok, type Result, refuse } from '#model/result.ts';

const sessionSchema = z.object({
  mcp: z.object({
    url: z.url({ protocol: /^https?$/ }),
    session_token: z.string().regex(/^agm_[A-Za-z0-9_-]{20,200}$/),
    expires_at: z.iso.datetime(),
    tools: z.array(z.string().max(100)).max(200),
  }),
  issue: z.number().int().positive().optional(),
});

/** What the agent phase got from the broker. */
export interface AgentSession {
  readonly mcpUrl: string;
  readonly token: string;
  /** RFC 3339. */
  readonly expiresAt: string;
  /** The context tools of the grant, as policy names them. */
  readonly tools: readonly string[];
  readonly issue: number | null;
}

/** Read the broker's answer (identity.md M4). */
export function parseSession(body: Json): Result<AgentSession, string> {
  const parsed = sessionSchema.safeParse(body);
  if (!parsed.success)
    return refuse('the broker answered without a context session: is "broker" a Sallyport App?');
  const { mcp, issue } = parsed.data;
  return ok({
    mcpUrl: mcp.url,
    token: mcp.session_token,
    expiresAt: mcp.expires_at,
    tools: mcp.tools,
    issue: issue ?? null,
  });
}
