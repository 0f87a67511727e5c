// A small MCP client (revision 2025-06-18, streamable HTTP): one JSON-RPC message a request, over
// plain HTTP to the gate, which adds the credential and knows the way.
import { request } from 'node:http';
import { limits, requestOptions } from './through-proxy.mjs';

const revision = '2025-06-18';

/** Say hello to the context server; the answer has what this agent needs of MCP. */
export async function openContext(address) {
  const url = new URL(address);
  if (url.protocol !== 'http:')
    throw new Error(`expected an http: context address, got ${url.protocol}`);
  const state = { nextId: 1, headers: {} };
  const hello = {
    protocolVersion: revision,
    capabilities: {},
    clientInfo: { name: 'harbour-agent', version: '1.0.0' },
  };
  const { protocolVersion } = await call(url, state, 'initialize', hello);
  state.headers['mcp-protocol-version'] = String(protocolVersion);
  await post(url, state, { jsonrpc: '2.0', method: 'notifications/initialized' });
  return {
    listTools: async () =>
      (await call(url, state, 'tools/list', {})).tools.map((tool) => tool.name),
    callTool: async (name, args) =>
      toText(await call(url, state, 'tools/call', { name, arguments: args }), name),
  };
}

function toText(result, name) {
  const text = (result.content ?? []).map((part) => part.text ?? '').join('\n');
  if (result.isError)
    throw new Error(`the tool ${name} answered with an error: ${text.slice(0, 300)}`);
  return text;
}

async function call(url, state, method, params) {
  const id = state.nextId++;
  const { status, headers, body } = await post(url, state, { jsonrpc: '2.0', id, method, params });
  if (status !== 200) {
    throw new Error(`the context server answered ${method} with ${status}: ${body.slice(0, 300)}`);
  }
  const message = parseMessage(headers['content-type'] ?? '', body, id);
  if (message.error)
    throw new Error(`the context server refused ${method}: ${message.error.message}`);
  if (headers['mcp-session-id']) state.headers['mcp-session-id'] = headers['mcp-session-id'];
  return message.result;
}

/** The answer is JSON, or the events of one stream that ends with it. */
function parseMessage(type, body, id) {
  if (!type.startsWith('text/event-stream')) return JSON.parse(body);
  const messages = body
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => JSON.parse(line.slice(5)));
  const answer = messages.find((message) => message.id === id);
  if (!answer) throw new Error('the context server ended its stream without an answer');
  return answer;
}

function post(url, state, message) {
  const payload = JSON.stringify(message);
  const options = requestOptions(url);
  return new Promise((resolve, reject) => {
    const asked = request({ ...options, method: 'POST' }, (response) => {
      const chunks = [];
      let bytes = 0;
      response.on('data', (chunk) => {
        bytes += chunk.length;
        if (bytes > limits.bytes) asked.destroy(new Error('the context server answered too much'));
        else chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    for (const [name, value] of Object.entries({ ...options.headers, ...state.headers }))
      asked.setHeader(name, value);
    asked.setHeader('content-type', 'application/json');
    asked.setHeader('accept', 'application/json, text/event-stream');
    asked.setHeader('content-length', Buffer.byteLength(payload));
    asked.on('timeout', () =>
      asked.destroy(new Error('the context server did not answer in time')),
    );
    asked.on('error', reject);
    asked.end(payload);
  });
}
