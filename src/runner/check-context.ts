import { setTimeout as wait } from 'node:timers/promises';
import type { Json, JsonObject } from '#model/json.ts';
import { ok, type Result, refuse } from '#model/result.ts';
import { postJson } from './post-json.ts';
import type { ProofKey } from './proof-key.ts';

/** The context session of this job. */
export interface ContextAccess {
  readonly mcpUrl: string;
  readonly token: string;
  /** The tools of the grant, as policy names them. */
  readonly tools: readonly string[];
}

/**
 * Connect to the context server as the agent will and compare its tools with the grant's. Three of
 * four agents go on without tools and end as if all were well, so the step itself must not begin.
 *
 * Answers  a sentence that names what was expected and seen when a tool is missing.
 */
export async function checkContext(
  access: ContextAccess,
  key: ProofKey,
  pause: (seconds: number) => Promise<void> = (seconds) => wait(seconds * 1000),
): Promise<Result<null, string>> {
  for (let attempt = 0; ; attempt += 1) {
    const seen = await look(access, key);
    const seconds = pauses[attempt];
    // An App that is being restarted is back within seconds; asking again changes nothing there.
    if (seen.ok || !seen.refusal.mayPass || seconds === undefined)
      return seen.ok ? seen : refuse(seen.refusal.sentence);
    await pause(seconds);
  }
}

/** Seconds before each repetition. */
const pauses = [1, 2, 4, 8, 16];

interface NotReady {
  readonly mayPass: boolean;
  readonly sentence: string;
}

async function look(
  { mcpUrl, token, tools }: ContextAccess,
  key: ProofKey,
): Promise<Result<null, NotReady>> {
  const call = (id: number, method: string, params: Json) =>
    postJson(mcpUrl, { jsonrpc: '2.0', id, method, params }, async () => token, { key });
  const unreached = (why: string) =>
    refuse({ mayPass: true, sentence: `the context tools cannot be reached: ${why}` });
  const hello = await call(1, 'initialize', {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'sallyport-preflight', version: '1' },
  });
  if (!hello.ok) return unreached(hello.refusal);
  const listing = await call(2, 'tools/list', {});
  if (!listing.ok) return unreached(listing.refusal);
  const { status, body } = listing.value;
  const offered = namesIn(body);
  if (hello.value.status !== 200 || offered === null)
    return refuse({
      mayPass: Math.max(hello.value.status, status) >= 500,
      sentence: `the context tools cannot be reached: the App answered ${hello.value.status} and ${status}, without a list of tools`,
    });
  const missing = tools.filter((name) => !offered.has(name.replaceAll('.', '_')));
  if (missing.length === 0) return ok(null);
  const sentence = `the context tools are not all there: expected ${tools.join(', ')}, without ${missing.join(', ')}`;
  return refuse({ mayPass: false, sentence });
}

/** Names of a `tools/list` result (MCP, Tools); null when it is none. */
function namesIn(body: Json): ReadonlySet<string> | null {
  const result = member(body, 'result');
  const tools = member(result, 'tools');
  if (!Array.isArray(tools)) return null;
  return new Set(tools.map((tool) => String(member(tool, 'name'))));
}

function member(value: Json, name: string): Json {
  const isObject = value !== null && typeof value === 'object' && !Array.isArray(value);
  return isObject ? ((value as JsonObject)[name] ?? null) : null;
}
