import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ContextDeps, ContextSession } from '#context/context.ts';
import { answerMcp, checkArguments } from '#context/mcp.ts';
import type { RunView } from '#context/tool.ts';
import { readBody } from '#http/read-body.ts';
import { sha256 } from '#model/digest.ts';

/** The context tools for one issue that is only a text. */
export interface IssueServer {
  /** `http://127.0.0.1:PORT/mcp`. */
  readonly mcpUrl: string;
  readonly token: string;
  close(): void;
}

const bodyBytesMax = 256 * 1024;
const callsMax = 100;

/** Serve the tool that reads the issue, on loopback, to whoever has the token: the gate. */
export async function serveIssue(view: RunView): Promise<IssueServer> {
  const token = `agm_${randomBytes(32).toString('base64url')}`;
  const session: ContextSession = {
    runId: view.run.id,
    grantId: view.run.id,
    tokenSha256: sha256(token),
    tools: ['issue.read', 'policy.read'].map((tool) => ({ tool, callsMax })),
  };
  const server = createServer(async (request, response) => {
    if (request.headers.authorization !== `Bearer ${token}` || request.url !== '/mcp')
      return void response.writeHead(401).end();
    if (request.method !== 'POST') return void response.writeHead(405).end();
    const body = await readBody(request, bodyBytesMax);
    const parsed = body.ok ? parse(body.value) : null;
    if (parsed === null) return void response.writeHead(400).end();
    await answerMcp(request, response, parsed, session, depsOf(view));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    mcpUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    token,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function depsOf(view: RunView): ContextDeps {
  let left = callsMax;
  return {
    readView: async () => view,
    recordCall: async ({ decision }) => {
      if (decision === 'refused') return 'recorded';
      left -= 1;
      return left < 0 ? 'over_budget' : 'recorded';
    },
    listPausedTools: async () => new Set(),
    checkArguments,
    boundary: () => `data-${randomBytes(9).toString('base64url')}`,
  };
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return null;
  }
}
