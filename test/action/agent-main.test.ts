import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { unzipSync } from 'fflate';
import { sha256 } from '#model/digest.ts';

const dist = fileURLToPath(new URL('../../action/agent/dist/', import.meta.url));
const token = `agm_${'t'.repeat(43)}`;
const runtimeToken = `e30.${Buffer.from('{"scp":"Actions.Results:run:job"}').toString('base64url')}.x`;

/** The issuer, the broker, the MCP endpoint and the artifact store of one job, on one port. */
async function openJob(exchange: readonly [status: number, body: object] | null) {
  const seen: string[] = [];
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
        expires_at: 'x',
      };
      return exchange ? json(exchange[1], exchange[0]) : json({ mcp: session });
    }
    if (url === '/v1/revoke') return response.writeHead(204).end();
    if (url === '/mcp')
      return json({ bearer: request.headers.authorization === `Bearer ${token}` });
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
  return { port, seen, zip: () => Buffer.concat(blocks), close: () => server.close() };
}

/** Run the committed bundle as the runner does. */
async function runAction(run: string, exchange: readonly [number, object] | null = null) {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-action-'));
  const job = await openJob(exchange);
  const base = join(folder, 'base');
  mkdirSync(join(base, '.github'), { recursive: true });
  const policy = {
    version: 1,
    agent: { use: 'command', run, minutes: 1 },
    verify: { commands: [{ name: 'test', run: 'true' }] },
  };
  writeFileSync(join(base, '.github', 'sallyport.yml'), JSON.stringify(policy));
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
    ACTIONS_ID_TOKEN_REQUEST_URL: `${address}/oidc?v=1`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token',
    ACTIONS_RESULTS_URL: address,
    ACTIONS_RUNTIME_TOKEN: runtimeToken,
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
  return { exitCode, seen: job.seen, log: Buffer.concat(stdout).toString(), value, zip };
}

describe('the agent action', () => {
  it('exchanges, runs the agent without any credential, uploads and revokes', async () => {
    const { exitCode, seen, log, value, zip } = await runAction(
      'curl -s -X POST -d x "$SALLYPORT_CONTEXT_URL"; env; cat /proc/*/environ /proc/*/cmdline 2>/dev/null | tr "\\0" "\\n"; echo "::set-output name=result::x"; echo new > new.txt',
    );
    expect(seen).toEqual([
      'GET oidc',
      'POST exchange',
      'POST mcp',
      'POST CreateArtifact',
      'PUT name.zip',
      'PUT name.zip',
      'POST FinalizeArtifact',
      'POST revoke',
    ]);
    expect(exitCode).toBe(0);
    expect([value('result'), value('artifact-id')]).toEqual(['changed', '41']);
    expect(value('artifact-digest')).toBe(sha256(zip));
    const files = unzipSync(zip);
    const text = (name: string) => Buffer.from(files[name] ?? []).toString();
    expect(Object.keys(files).sort()).toEqual([
      'agent.log',
      `blob/${sha256('new\n')}`,
      'change-set.json',
      'egress.jsonl',
      'posture.json',
    ]);
    expect(text('agent.log')).toContain('{"bearer":true}');
    expect(text('agent.log')).not.toMatch(/agm_|request-token|ACTIONS_|GITHUB_|INPUT_/);
    expect(text('agent.log')).not.toContain(runtimeToken);
    expect(log).not.toMatch(/^::set-output/m);
    expect(text('egress.jsonl')).toContain('"rule":"route:context"');
  });

  it('uploads and gives its outputs before it fails the step of a failed agent', async () => {
    const { exitCode, seen, log, value } = await runAction('exit 3');
    expect(exitCode).toBe(1);
    expect(value('result')).toBe('failed');
    expect(seen.slice(-2)).toEqual(['POST FinalizeArtifact', 'POST revoke']);
    expect(log).toContain('::error::The agent ended with exit code 3.');
  });

  it('door:one-at-a-time: runs nothing when the broker refuses', async () => {
    const { exitCode, seen, log } = await runAction('echo RAN', [403, { error: 'denied' }]);
    expect(exitCode).toBe(1);
    expect(seen).toEqual(['GET oidc', 'POST exchange']);
    expect(log).toContain('denied (403)');
    expect(log).not.toContain('RAN');
  });
});
