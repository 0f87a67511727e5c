import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const main = fileURLToPath(new URL('../../action/report/dist/main.mjs', import.meta.url));
const token = `agm_${'t'.repeat(43)}`;
const grant = '00000000-0000-7000-8000-000000000000';

describe('the report action, as it is shipped', () => {
  let root: string;
  let server: Server;
  let origin: string;
  let reportOrigin: string;
  let proofs: (string | undefined)[] = [];
  let seen: { readonly path: string; readonly bearer: string; readonly body: unknown }[] = [];
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'report-'));
    server = createServer(async (request, response) => {
      let text = '';
      for await (const chunk of request) text += chunk;
      const path = request.url ?? '';
      const bearer = (request.headers.authorization ?? '').replace('Bearer ', '');
      proofs.push(request.headersDistinct.dpop?.join());
      seen.push({ path, bearer, body: text === '' ? null : JSON.parse(text) });
      response.setHeader('content-type', 'application/json');
      if (path.startsWith('/id'))
        response.end(JSON.stringify({ value: 'header.claims.signature' }));
      else if (path === '/v1/exchange') {
        const url = `${reportOrigin}/v1/report`;
        response.end(JSON.stringify({ report: { url, session_token: token } }));
      } else response.writeHead(path === '/v1/report' ? 202 : 204).end();
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.close();
    await rm(root, { recursive: true, force: true });
  });

  async function runAction(inputs: Readonly<Record<string, string>>) {
    seen = [];
    proofs = [];
    const state = join(root, 'state');
    await writeFile(state, '');
    const environment = Object.entries({ broker: origin, grant, ...inputs }).map(
      ([name, value]) => [`INPUT_${name.toUpperCase()}`, value],
    );
    const child = spawn(process.execPath, [main], {
      env: {
        PATH: process.env.PATH,
        GITHUB_STATE: state,
        ACTIONS_ID_TOKEN_REQUEST_URL: `${origin}/id?api=1`,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request',
        ...Object.fromEntries(environment),
      },
    });
    let output = '';
    child.stdout.on('data', (data) => {
      output += String(data);
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    return { code, output };
  }

  it('exchanges its identity, reports ids and digests, and ends its session, in this order', async () => {
    reportOrigin = origin;
    const hex = 'a'.repeat(64);
    const { code } = await runAction({
      'agent-result': 'changed',
      'agent-outcome': 'success',
      'agent-artifact-id': '7',
      'agent-artifact-digest': hex,
      'verify-outcome': 'success',
      'verify-artifact-id': '8',
      'verify-artifact-digest': hex,
    });

    expect(code).toBe(0);
    expect(seen).toEqual([
      {
        path: expect.stringMatching(
          new RegExp(
            `^/id\\?api=1&audience=${encodeURIComponent(`${origin}/v1/exchange`)}%23[\\w-]{43}$`,
          ),
        ),
        bearer: 'request',
        body: null,
      },
      { path: '/v1/exchange', bearer: 'header.claims.signature', body: { grant, phase: 'report' } },
      {
        path: '/v1/report',
        bearer: token,
        body: {
          agent: { outcome: 'success', result: 'changed', artifact: { id: 7, digest: hex } },
          verify: { outcome: 'success', artifact: { id: 8, digest: hex } },
        },
      },
      { path: '/v1/revoke', bearer: token, body: {} },
    ]);
    // The exchange and the report are signed, each anew; the end of a session needs no key.
    expect(proofs).toEqual([undefined, expect.any(String), expect.any(String), undefined]);
    expect(new Set(proofs.slice(1, 3)).size).toBe(2);
  });

  it('run:identity: sends its session to no other origin than the broker’s', async () => {
    reportOrigin = 'http://127.0.0.1:9';
    const { code, output } = await runAction({ 'agent-outcome': 'failure' });

    expect(code).toBe(1);
    expect(output).toContain('sends reports to another origin');
    expect(seen.map(({ path }) => path.split('?')[0])).toEqual(['/id', '/v1/exchange']);
  });

  it('asks nobody for an identity when the broker is no safe address', async () => {
    const { code, output } = await runAction({ broker: 'http://example.com' });

    expect(code).toBe(1);
    expect(output).toContain('must be the https URL of the Sallyport App');
    expect(seen).toEqual([]);
  });
});
