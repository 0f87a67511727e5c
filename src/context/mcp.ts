// The only importer of the MCP SDK's server: stateless, JSON answers, one Server a request, so that
// no two clients can ever share one (CVE-2026-25536).
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import {
  CallToolRequestSchema,
  ErrorCode,
  ListToolsRequestSchema,
  McpError,
} from '@modelcontextprotocol/sdk/types.js';
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/ajv';
import type { JsonObject } from '#model/json.ts';
import type { CheckArguments } from './call-tool.ts';
import { grantedTools } from './call-tool.ts';
import type { CallAnswer, ContextDeps, ContextSession } from './context.ts';
import { callTool } from './context.ts';
import { wireName } from './tool.ts';

/** One validator for all requests: the Server would compile a fresh Ajv each time. */
const validator = new AjvJsonSchemaValidator();

/** Argument checks by the SDK's JSON Schema validator. */
export const checkArguments: CheckArguments = (schema, args) => {
  const outcome = validator.getValidator(schema)(args);
  return outcome.valid ? null : (outcome.errorMessage ?? 'the arguments do not fit the schema');
};

/** Answer one authenticated MCP request whose body was read and parsed already. */
export async function answerMcp(
  request: IncomingMessage,
  response: ServerResponse,
  body: unknown,
  session: ContextSession,
  deps: ContextDeps,
): Promise<void> {
  const server = buildServer(session, deps);
  // No sessionIdGenerator: stateless. The SDK's declared types differ from its options under exactOptionalPropertyTypes.
  const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
  response.on('close', () => void transport.close());
  await server.connect(transport as Parameters<typeof server.connect>[0]);
  await transport.handleRequest(request, response, body);
}

function buildServer(session: ContextSession, deps: ContextDeps): Server {
  const server = new Server(
    { name: 'sallyport-context', version: '1' },
    { capabilities: { tools: {} }, jsonSchemaValidator: validator },
  );
  server.setRequestHandler(ListToolsRequestSchema, async () => {
    const paused = await deps.listPausedTools();
    const tools = grantedTools(session.tools).filter(({ name }) => !paused.has(name));
    return {
      tools: tools.map((tool) => ({
        name: wireName(tool.name),
        description: tool.description,
        inputSchema: tool.inputSchema,
        annotations: { readOnlyHint: true },
      })),
    };
  });
  server.setRequestHandler(CallToolRequestSchema, async ({ params }) => {
    const args = (params.arguments ?? {}) as JsonObject;
    const client = server.getClientVersion()?.name ?? null;
    return toToolResult(await callTool(session, params.name, args, client, deps), params.name);
  });
  return server;
}

function toToolResult(answer: CallAnswer, name: string) {
  switch (answer.kind) {
    case 'result':
      return {
        content: [{ type: 'text' as const, text: answer.text }],
        _meta: { 'dev.sallyport/label': { integrity: answer.integrity } },
      };
    case 'over_budget':
    case 'tool_paused':
      return { content: [{ type: 'text' as const, text: answer.sentence }], isError: true };
    case 'unknown_tool':
      throw new McpError(ErrorCode.InvalidParams, `Tool ${name.slice(0, 60)} not found`);
    case 'dead':
      throw new McpError(ErrorCode.InvalidRequest, 'the context session is not live');
    case 'invalid_arguments':
      throw new McpError(ErrorCode.InvalidParams, answer.sentence);
  }
}
