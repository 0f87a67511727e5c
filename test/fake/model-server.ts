import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the model does next: call a context tool, run a command, or say that it is done. */
export type ModelStep =
  | { readonly tool: string; readonly args: object }
  | { readonly shell: string }
  | { readonly say: string };

/** A request that reached the model, after the gate. */
export interface ModelCall {
  readonly path: string;
  /** The credential that the gate set. */
  readonly key: string;
  readonly body: string;
}

/** A model's API on loopback that speaks three providers' protocols and follows one script. */
export interface ModelServer {
  readonly url: string;
  readonly calls: readonly ModelCall[];
  close(): void;
}

/** Tokens that every answer claims to have cost. */
export const usage = { input: 100, output: 20 } as const;

/**
 * Start it. The step is the number of tool results that the request already carries, so that
 * repetitions and requests for titles use none up.
 */
export async function openModelServer(steps: readonly ModelStep[]): Promise<ModelServer> {
  const calls: ModelCall[] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    calls.push({ path, key: keyOf(request), body });
    const asked = JSON.parse(body || '{}') as Asked;
    if (path === '/v1/messages') return answerAnthropic(asked, steps, response);
    if (path === '/v1/responses') return answerOpenai(asked, steps, response);
    if (path.startsWith('/v1beta/models/')) return answerGoogle(path, asked, steps, response);
    response.writeHead(404).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

interface Asked {
  readonly model?: string;
  readonly tools?: readonly ToolAsked[];
  readonly messages?: readonly { readonly content: unknown }[];
  readonly input?: readonly { readonly type?: string }[];
  readonly contents?: readonly { readonly parts?: readonly object[] }[];
}

interface ToolAsked {
  readonly name?: string;
  readonly type?: string;
  /** Codex gathers the tools of an MCP server in one entry. */
  readonly tools?: readonly ToolAsked[];
  readonly functionDeclarations?: readonly ToolAsked[];
}

interface Call {
  readonly name: string;
  readonly namespace?: string;
  readonly args: object;
}

function keyOf({ headers }: IncomingMessage): string {
  const bearer = headers.authorization?.replace(/^Bearer /, '');
  return String(headers['x-api-key'] ?? headers['x-goog-api-key'] ?? bearer ?? '');
}

/** The step in the words of the tools that this client offers; a text when it is to speak. */
function act(asked: Asked, steps: readonly ModelStep[], done: number): Call | string {
  const step = steps[done] ?? { say: 'Done.' };
  const offered = (asked.tools ?? []).flatMap((tool) => tool.functionDeclarations ?? [tool]);
  if ('say' in step) return step.say;
  if (offered.length === 0) return 'A title';
  const call = 'shell' in step ? findShell(offered, step.shell) : findTool(offered, step);
  return call ?? `There is nothing here for ${JSON.stringify(step)}.`;
}

function findShell(offered: readonly ToolAsked[], line: string): Call | null {
  const names = offered.map(({ name = '' }) => name);
  const name = names.find((one) => /^(?:bash|exec_command|run_shell_command)$/i.test(one));
  if (name === undefined) return null;
  return {
    name,
    args: name === 'exec_command' ? { cmd: line } : { command: line, description: 'x' },
  };
}

function findTool(
  offered: readonly ToolAsked[],
  step: { readonly tool: string; readonly args: object },
): Call | null {
  const { args, tool } = step;
  const space = offered.find(({ tools }) => tools?.some(({ name }) => name === tool))?.name;
  if (space !== undefined) return { name: tool, namespace: space, args };
  const name = offered
    .map((one) => one.name ?? '')
    .find((one) => /context_+/.test(one) && one.endsWith(tool));
  return name === undefined ? null : { name, args };
}

function stream(response: ServerResponse, events: readonly object[], isNamed: boolean): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const event of events) {
    if (isNamed) response.write(`event: ${(event as { type: string }).type}\n`);
    response.write(`data: ${JSON.stringify(event)}\n\n`);
  }
  response.end();
}

/** Source: docs.anthropic.com/en/docs/build-with-claude/streaming */
function answerAnthropic(asked: Asked, steps: readonly ModelStep[], response: ServerResponse) {
  const parts = (asked.messages ?? []).flatMap(({ content }) =>
    Array.isArray(content) ? content : [],
  );
  const done = parts.filter(({ type }) => type === 'tool_result').length;
  const action = act(asked, steps, done);
  const isText = typeof action === 'string';
  const block = isText
    ? { type: 'text', text: '' }
    : { type: 'tool_use', id: `call_${done}`, name: action.name, input: {} };
  const delta = isText
    ? { type: 'text_delta', text: action }
    : { type: 'input_json_delta', partial_json: JSON.stringify(action.args) };
  const message = {
    ...{ id: `msg_${done}`, type: 'message', role: 'assistant', model: asked.model, content: [] },
    ...{ stop_reason: null, stop_sequence: null },
    usage: { input_tokens: usage.input, output_tokens: 1 },
  };
  const stop = { stop_reason: isText ? 'end_turn' : 'tool_use', stop_sequence: null };
  stream(
    response,
    [
      { type: 'message_start', message },
      { type: 'content_block_start', index: 0, content_block: block },
      { type: 'content_block_delta', index: 0, delta },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: stop, usage: { output_tokens: usage.output } },
      { type: 'message_stop' },
    ],
    true,
  );
}

/** Source: platform.openai.com/docs/api-reference/responses-streaming */
function answerOpenai(asked: Asked, steps: readonly ModelStep[], response: ServerResponse) {
  const done = (asked.input ?? []).filter(({ type = '' }) => type.endsWith('_output')).length;
  const action = act(asked, steps, done);
  const item =
    typeof action === 'string'
      ? {
          ...{ type: 'message', id: `msg_${done}`, role: 'assistant', status: 'completed' },
          content: [{ type: 'output_text', text: action, annotations: [] }],
        }
      : {
          ...{ type: 'function_call', id: `fc_${done}`, call_id: `call_${done}` },
          ...{ name: action.name, arguments: JSON.stringify(action.args), status: 'completed' },
          ...(action.namespace === undefined ? {} : { namespace: action.namespace }),
        };
  const place = { item_id: item.id, output_index: 0 };
  const started = 'content' in item ? { ...item, content: [] } : { ...item, arguments: '' };
  const pieces =
    'content' in item
      ? [
          {
            ...{ type: 'response.content_part.added', ...place, content_index: 0 },
            part: { type: 'output_text', text: '', annotations: [] },
          },
          { type: 'response.output_text.delta', ...place, content_index: 0, delta: action },
          { type: 'response.output_text.done', ...place, content_index: 0, text: action },
        ]
      : [
          { type: 'response.function_call_arguments.delta', ...place, delta: item.arguments },
          { type: 'response.function_call_arguments.done', ...place, arguments: item.arguments },
        ];
  const whole = { id: 'resp_1', object: 'response', created_at: 1, model: asked.model };
  const cost = {
    ...{ input_tokens: usage.input, input_tokens_details: { cached_tokens: 0 } },
    ...{ output_tokens: usage.output, output_tokens_details: { reasoning_tokens: 0 } },
    total_tokens: usage.input + usage.output,
  };
  const completed = { ...whole, status: 'completed', output: [item], usage: cost };
  const events = [
    { type: 'response.created', response: { ...whole, status: 'in_progress', output: [] } },
    { type: 'response.output_item.added', output_index: 0, item: started },
    ...pieces,
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.completed', response: completed },
  ];
  const numbered = events.map((event, index) => ({ ...event, sequence_number: index }));
  stream(response, numbered, true);
}

/** Source: ai.google.dev/api/generate-content */
function answerGoogle(
  path: string,
  asked: Asked,
  steps: readonly ModelStep[],
  response: ServerResponse,
) {
  const parts = (asked.contents ?? []).flatMap((content) => content.parts ?? []);
  const done = parts.filter((part) => 'functionResponse' in part).length;
  const action = act(asked, steps, done);
  const part =
    typeof action === 'string'
      ? { text: action }
      : { functionCall: { name: action.name, args: action.args } };
  const answer = {
    candidates: [{ content: { role: 'model', parts: [part] }, finishReason: 'STOP', index: 0 }],
    usageMetadata: {
      ...{ promptTokenCount: usage.input, candidatesTokenCount: usage.output },
      totalTokenCount: usage.input + usage.output,
    },
    modelVersion: 'scripted',
  };
  if (path.endsWith(':streamGenerateContent')) return stream(response, [answer], false);
  return response
    .writeHead(200, { 'content-type': 'application/json' })
    .end(JSON.stringify(path.endsWith(':countTokens') ? { totalTokens: usage.input } : answer));
}
