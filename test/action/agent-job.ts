// One job of the agent action: the committed bundle, and everything it speaks to on one port.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unzipSync } from 'fflate';

const dist = fileURLToPath(new URL('../../action/agent/dist/', import.meta.url));
/** The session that the broker gives out. */
export const token = `agm_${'t'.repeat(43)}`;
/** The one that it is renewed to. */
export const renewedToken = `agm_${'r'.repeat(43)}`;
/** What the runner holds for the artifact store. */
export const runtimeToken = `e30.${Buffer.from('{"scp":"Actions.Results:run:job"}').toString('base64url')}.x`;

/** The issuer, the broker, the MCP endpoint and the artifact store of one job, on one port. */
async function openJob(
  exchange: readonly [status: number, body: object] | null,
  tools: readonly string[],
  sessionSeconds: number,
) {
  const seen: string[] = [];
  /** The token that counts. */
  let live = token;
  const handedOver: unknown[] = [];
  const blocks: Buffer[] = [];
  let port = 0;
  const answer = (request: IncomingMessage, response: ServerResponse, body: Buffer) => {
    const url = request.url ?? '';
    const json = (value: object, status = 200) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    if (url.startsWith('/oidc')) return json({ value: 'e30.e30.x' });
    if (url === '/v1/exchange') {
      const session = {
        url: `http://127.0.0.1:${port}/mcp`,
        session_token: token,
        expires_at: inSeconds(sessionSeconds),
        tools: ['issue.read'],
      };
      return exchange ? json(exchange[1], exchange[0]) : json({ mcp: session });
    }
    if (url === '/v1/renew') {
      live = renewedToken;
      return json({ session_token: live, expires_at: inSeconds(3600) });
    }
    if (url === '/v1/change-set') {
      handedOver.push(JSON.parse(body.toString()));
      const isBearer = request.headers.authorization === `Bearer ${live}`;
      return json(isBearer ? { accepted: true } : { error: 'invalid_token' }, isBearer ? 202 : 401);
    }
    if (url === '/v1/revoke') return response.writeHead(204).end();
    if (url === '/mcp') {
      const isBearer = request.headers.authorization === `Bearer ${live}`;
      const answered = isBearer ? answerContext(JSON.parse(body.toString() || '{}'), tools) : null;
      return answered ? json(answered) : response.writeHead(isBearer ? 202 : 401).end();
    }
    if (url.endsWith('CreateArtifact'))
      return json({
        ok: true,
        signed_upload_url: `http://127.0.0.1:${port}/store/c/name.zip?sig=x`,
      });
    if (url.endsWith('FinalizeArtifact')) return json({ ok: true, artifact_id: '41' });
    if (url.includes('comp=block&')) blocks.push(body);
    return response.writeHead(201, { 'x-ms-request-id': '1', etag: '"1"' }).end();
  };
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    seen.push(`${request.method} ${(request.url ?? '').split('?', 1)[0]?.split('/').at(-1)}`);
    answer(request, response, body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
  return { port, seen, handedOver, zip: () => Buffer.concat(blocks), close: () => server.close() };
}

function inSeconds(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toISOString();
}

/** The context server's part of MCP: one tool that reads the issue out. */
function answerContext(
  { id, method, params }: Asked,
  tools: readonly string[],
): { readonly id: number; readonly result: object } | null {
  const reply = (result: object) => ({ jsonrpc: '2.0', id: id ?? 0, result });
  if (method === 'initialize')
    return reply({
      protocolVersion: params?.protocolVersion,
      capabilities: { tools: {} },
      serverInfo: { name: 'context', version: '1' },
    });
  if (method === 'ping') return reply({});
  const inputSchema = { type: 'object', properties: {} };
  if (method === 'tools/list')
    return reply({
      tools: tools.map((name) => ({ name, description: 'Reads the issue.', inputSchema })),
    });
  if (method === 'tools/call') return reply({ content: [{ type: 'text', text: issueText }] });
  return null;
}

interface Asked {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly protocolVersion?: string };
}

/** What the context tool reads out. */
export const issueText = 'Issue 7: the shed is green. It should be red.';

/** What is different from a plain job. */
export interface ActionOrder {
  /** `JOB_ADDRESS` and `JOB_FOLDER` in it become the job's services and the runner's folder. */
  readonly agent: object;
  readonly sandbox?: object;
  /** The broker's answer; a session when absent. */
  readonly exchange?: readonly [number, object];
  /** How long the session lives; an hour when absent. */
  readonly sessionSeconds?: number;
  /** The tools that the context server lists. */
  readonly tools?: readonly string[];
  /** Files of the base besides the policy. */
  readonly files?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Run the committed bundle as the runner does. */
export async function runAction(order: ActionOrder) {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-action-'));
  const job = await openJob(
    order.exchange ?? null,
    order.tools ?? ['issue_read'],
    order.sessionSeconds ?? 3600,
  );
  const base = join(folder, 'base');
  mkdirSync(join(base, '.github'), { recursive: true });
  const policy = {
    version: 1,
    agent: { minutes: 1, ...order.agent },
    ...(order.sandbox ? { sandbox: order.sandbox } : {}),
    verify: { commands: [{ name: 'test', run: 'true' }] },
  };
  const policyText = JSON.stringify(policy)
    .replaceAll('JOB_ADDRESS', `http://127.0.0.1:${job.port}`)
    .replaceAll('JOB_FOLDER', folder);
  writeFileSync(join(base, '.github', 'sallyport.yml'), policyText);
  for (const [path, text] of Object.entries(order.files ?? {})) {
    mkdirSync(join(base, path, '..'), { recursive: true });
    writeFileSync(join(base, path), text);
  }
  const inBase = (...argv: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.test', ...argv], { cwd: base });
  inBase('init', '-q');
  inBase('add', '-A');
  inBase('commit', '-qm', 'base');
  for (const name of ['output', 'state']) writeFileSync(join(folder, name), '');
  const address = `http://127.0.0.1:${job.port}`;
  const environment = {
    PATH: process.env.PATH ?? '',
    RUNNER_TEMP: folder,
    GITHUB_WORKSPACE: folder,
    GITHUB_SHA: inBase('rev-parse', 'HEAD').toString().trim(),
    GITHUB_OUTPUT: join(folder, 'output'),
    GITHUB_STATE: join(folder, 'state'),
    GITHUB_SERVER_URL: 'https://github.com',
    INPUT_GRANT: '0193a5f0-0000-7000-8000-000000000001',
    INPUT_BROKER: address,
    INPUT_BASE: 'base',
    INPUT_VARIABLES: 'UNUSED_KEY=c4n4ry-of-the-variables',
    ACTIONS_ID_TOKEN_REQUEST_URL: `${address}/oidc?v=1`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token',
    ACTIONS_RESULTS_URL: address,
    ACTIONS_RUNTIME_TOKEN: runtimeToken,
    ...order.environment,
  };
  const child = spawn(process.execPath, [join(dist, 'main.mjs')], {
    cwd: folder,
    env: environment,
  });
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [stdout, exitCode] = await Promise.all([child.stdout.toArray(), closed]);
  const outputs = readFileSync(join(folder, 'output'), 'utf8');
  const value = (name: string) => new RegExp(`^${name}<<(.*)\\n(.*)\\n\\1`, 'm').exec(outputs)?.[2];
  const zip = job.zip();
  job.close();
  rmSync(folder, { recursive: true, force: true });
  const text = (name: string) =>
    Buffer.from(zip.length === 0 ? [] : (unzipSync(zip)[name] ?? [])).toString();
  const log = Buffer.concat(stdout).toString();
  return { exitCode, outputs, seen: job.seen, handedOver: job.handedOver, log, value, zip, text };
}
