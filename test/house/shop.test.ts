import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { parse } from 'yaml';
import { z } from 'zod';
import { policySchema } from '#model/policy.ts';

const shop = new URL('../../demo/shop/', import.meta.url);
const issuesSchema = z.array(
  z.strictObject({
    number: z.number().int(),
    title: z.string(),
    body: z.string(),
    labels: z.array(z.string()),
    blockedBy: z.array(z.number().int()),
  }),
);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shop-'));
  await cp(shop, folder, { recursive: true });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the demo’s shop', () => {
  it('has tests that pass, a report that can be read, and a policy that is valid', async () => {
    const { code } = await run(['npm', 'test'], {});
    const report = await readFile(join(folder, 'junit.xml'), 'utf8');
    const policy = parse(await readFile(join(folder, '.github/sallyport.yml'), 'utf8'));

    expect(code).toBe(0);
    expect(report).toContain('sums a cart below 100 €');
    expect(policySchema.parse(policy).verify.screens).toHaveLength(1);
  });

  it('shows the wrong total of issue 1 until its agent has worked, and the saved amount after issue 2', async () => {
    const issues = await readIssues();
    const seen = [await readPage()];
    for (const { title } of issues) {
      const agent = await runAgent(title);
      expect(agent).toEqual({
        code: 0,
        output: expect.stringContaining('was refused: the gate answered 403 no'),
      });
      seen.push(await readPage());
      expect((await run(['npm', 'test'], {})).code).toBe(0);
    }

    const facts = seen.map((page) => [
      /<strong>([^<]+)</.exec(page)?.[1],
      page.includes('You save 14.85 €'),
    ]);
    expect(facts).toEqual([
      ['148.50 €', false],
      ['133.65 €', false],
      ['133.65 €', true],
    ]);
  }, 60_000);

  it('has issues whose blockers are issues of its own', async () => {
    const issues = await readIssues();
    expect(issues.map(({ number, blockedBy }) => [number, blockedBy])).toEqual([
      [1, []],
      [2, [1]],
    ]);
  });

  it('has tests for both issues that fail on the code before', async () => {
    const fresh = await mkdtemp(join(tmpdir(), 'shop-red-'));
    await cp(shop, fresh, { recursive: true });
    await cp(join(folder, 'test'), join(fresh, 'test'), { recursive: true });

    const { code, output } = await run(['npm', 'test'], {}, fresh);
    await rm(fresh, { recursive: true, force: true });

    expect(code).not.toBe(0);
    expect(output).toMatch(/✖ takes the discount off a cart above 100 €/);
    expect(output).toMatch(/✖ shows the saved amount next to the total/);
  });

  it('has an agent that refuses work it does not know, with a sentence', async () => {
    expect(await runAgent('Rewrite everything')).toEqual({
      code: 1,
      output: expect.stringContaining('I do not know how to do "Rewrite everything"'),
    });
  });

  it('has an agent that says what is missing when no context is there', async () => {
    expect(await run(['node', 'tools/agent.mjs'], {})).toEqual({
      code: 1,
      output: 'agent: SALLYPORT_CONTEXT_URL is not set: there is no issue to read\n',
    });
  });
});

async function readIssues() {
  return issuesSchema.parse(
    JSON.parse(await readFile(new URL('../shop-issues.json', shop), 'utf8')),
  );
}

async function readPage(): Promise<string> {
  const script = `
    const { parseCart, defaultCart } = await import('./src/cart.mjs');
    const { renderPage } = await import('./src/page.mjs');
    console.log(renderPage(parseCart(defaultCart)));`;
  return (await run(['node', '--input-type=module', '-e', script], {})).output;
}

/** The agent, as the sandbox starts it: a gate that passes the context route and refuses the rest. */
async function runAgent(title: string) {
  const gate = await openGate(title);
  const { port } = gate.address() as AddressInfo;
  const answer = await run(['node', 'tools/agent.mjs'], {
    SALLYPORT_CONTEXT_URL: 'http://context.sallyport.internal/mcp',
    SALLYPORT_WORKSPACE: folder,
    HTTP_PROXY: `http://127.0.0.1:${port}`,
    HTTPS_PROXY: `http://127.0.0.1:${port}`,
    NODE_USE_ENV_PROXY: '1',
  });
  gate.closeAllConnections();
  gate.close();
  return answer;
}

async function openGate(title: string) {
  const gate = createServer((request, response) => {
    if (request.url !== 'http://context.sallyport.internal/mcp') {
      response.writeHead(403).end('no\n');
      return;
    }
    const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
    const server = buildContext(title);
    void server
      .connect(transport as Parameters<typeof server.connect>[0])
      .then(() => transport.handleRequest(request, response));
  });
  gate.on('connect', (_request, socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\nno\n'));
  await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve));
  return gate;
}

function buildContext(title: string): Server {
  const server = new Server({ name: 'context', version: '1' }, { capabilities: { tools: {} } });
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: [{ name: 'issue_read', inputSchema: { type: 'object' as const } }],
  }));
  server.setRequestHandler(CallToolRequestSchema, () => ({
    content: [
      { type: 'text', text: `Integrity: maintainer\n--- x begin\n# ${title}\n\nbody\n--- x end` },
    ],
  }));
  return server;
}

function run(argv: readonly string[], environment: Record<string, string>, cwd = folder) {
  const [program = '', ...rest] = argv;
  return new Promise<{ code: number | null; output: string }>((resolve, reject) => {
    const child = spawn(program, rest, { cwd, env: { PATH: process.env.PATH, ...environment } });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}
