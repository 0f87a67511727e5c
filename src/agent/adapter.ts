import type { Policy } from '#model/policy.ts';
import type { Result } from '#model/result.ts';
import type { EgressRoute, Mount } from '#model/sandbox.ts';

/** What every adapter is told; all of it comes from the base, the grant and the action's inputs. */
export interface AgentInput {
  readonly policy: Policy['agent'];
  readonly issue: number | null;
  /** The provider's key; it stays with the gate. Null when none was given. */
  readonly modelKey: string | null;
  /** Where the agent's own program is on the runner, links resolved; null when it is not there. */
  readonly program: string | null;
}

/** How one agent is started. */
export interface AgentStart {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
  /** Ways out that the agent itself needs, besides the policy's hosts. */
  readonly routes: readonly EgressRoute[];
}

/** One agent: pure, it starts nothing. The refusal is a sentence for the maintainer. */
export interface AgentAdapter {
  readonly name: Policy['agent']['use'];
  /** The program to look for on the runner; null when the shell is enough. */
  readonly program: string | null;
  readonly start: (input: AgentInput) => Result<AgentStart, string>;
}

/** The context tools as the sandbox sees them: no token, the gate adds it. */
export const contextUrl = 'http://context.sallyport.internal/mcp';

/**
 * The way to the context tools: the session's token goes with a call on the way out, and a proof by
 * the key it was given to. Neither is ever inside the sandbox.
 */
export function contextRoute(
  mcpUrl: string,
  sessionToken: string,
  prove: (method: string, url: string) => string,
): EgressRoute {
  const { origin, pathname } = new URL(mcpUrl);
  const prefix = pathname.endsWith('/mcp') ? pathname.slice(0, -'/mcp'.length) : pathname;
  return {
    host: 'context.sallyport.internal',
    name: 'context',
    upstream: `${origin}${prefix}`,
    paths: ['/mcp'],
    methods: ['POST', 'GET', 'DELETE'],
    header: { name: 'authorization', value: `Bearer ${sessionToken}` },
    prove: (method, path) => prove(method, `${origin}${prefix}${path}`),
  };
}

/** What every agent finds in its environment. */
export function agentEnvironment(input: AgentInput): Readonly<Record<string, string>> {
  return {
    SALLYPORT_CONTEXT_URL: contextUrl,
    SALLYPORT_WORKSPACE: '/workspace',
    ...(input.issue === null ? {} : { SALLYPORT_ISSUE: String(input.issue) }),
  };
}
