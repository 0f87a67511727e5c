import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createAppAuth } from '@octokit/auth-app';
import { BUDGETS } from '#local/api/rate-limit.ts';
import { type LocalGitHub, startLocalGitHub } from '#local/server.ts';
import { seed } from './api-world.ts';
import { type HostileRequest, openHostility } from './hostile-request.ts';

const SEED = 20_261_123;
const REQUESTS = 10_000;
/** So many at once: two writers of the same thing are part of the attack. */
const CALLERS = 8;

let github: LocalGitHub;
let dataDir: string;
const agent = new Agent({ keepAlive: true, maxSockets: CALLERS });
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'local-fuzz-'));
  const endless = { core: 1e9, graphql: 1e9, search: 1e9 };
  const budgets = Object.fromEntries(
    Object.keys(BUDGETS).map((kind) => [kind, endless]),
  ) as unknown as typeof BUDGETS;
  github = await startLocalGitHub({ dataDir, seed, budgets });
});
afterAll(async () => {
  agent.destroy();
  await github.close();
  await rm(dataDir, { recursive: true, force: true });
});

interface Outcome {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

function send(hostile: HostileRequest, credentials: Readonly<Record<string, string>>) {
  const { method, headers, body, credential } = hostile;
  const authorization = credentials[credential];
  return new Promise<Outcome>((resolve, reject) => {
    const call = request(
      `${github.urls.rest}/`,
      {
        agent,
        method,
        path: `/api/v3${hostile.path}`,
        headers: {
          ...headers,
          ...(authorization ? { authorization } : {}),
          ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            type: String(response.headers['content-type'] ?? ''),
            text: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}

/** What is wrong with an answer; undefined when nothing is. */
function findFault({ status, type, text }: Outcome): string | undefined {
  if (status >= 500 && status !== 501) return `${status} ${text.slice(0, 300)}`;
  if (text === '' || !type.includes('application/json')) return undefined;
  try {
    const body: unknown = JSON.parse(text);
    const isRefusal = status >= 400;
    const hasMessage = typeof body === 'object' && body !== null && 'message' in body;
    return isRefusal && !hasMessage ? `${status} without a message` : undefined;
  } catch {
    return `${status} with an answer that does not parse: ${text.slice(0, 100)}`;
  }
}

async function credentialsOf(): Promise<Readonly<Record<string, string>>> {
  const { app, urls } = github;
  if (!app) throw new Error('expected the seed to hold an App');
  const auth = createAppAuth({ appId: app.id, privateKey: app.privateKeyPem });
  const { token: jwt } = await auth({ type: 'app' });
  const path = `${urls.rest}/app/installations/${app.installationId}/access_tokens`;
  const headers = { authorization: `Bearer ${jwt}` };
  const minted = (await (await fetch(path, { method: 'POST', headers })).json()) as {
    token: string;
  };
  return {
    user: `token ${github.tokens.ada}`,
    installation: `Bearer ${minted.token}`,
    app: `Bearer ${jwt}`,
    garbage: 'Bearer ghs_0_eyJ.eyJ.x',
  };
}

/** A second branch, and the objects that are there to be named. */
async function openBranch(): Promise<readonly string[]> {
  const url = `${github.urls.rest}/repos/acme/shop`;
  const headers = { authorization: `token ${github.tokens.ada}` };
  const main = (await (await fetch(`${url}/commits/main`, { headers })).json()) as {
    sha: string;
    commit: { tree: { sha: string } };
  };
  const body = JSON.stringify({ ref: 'refs/heads/feature', sha: main.sha });
  await fetch(`${url}/git/refs`, { method: 'POST', headers, body });
  return [main.sha, main.commit.tree.sha];
}

describe('ten thousand hostile requests', () => {
  it('get an answer that parses, and never an error of the server', async () => {
    const next = openHostility(
      // It would end the token that the other requests need.
      github.routes.filter(
        ({ operation }) => operation !== 'apps/revoke-installation-access-token',
      ),
      SEED,
      await openBranch(),
    );
    const credentials = await credentialsOf();
    const faults: string[] = [];
    const statuses = new Map<number, number>();
    let sent = 0;
    const caller = async () => {
      while (sent < REQUESTS) {
        sent += 1;
        const hostile = next();
        const outcome = await send(hostile, credentials).catch((error: Error) => ({
          status: 599,
          type: '',
          text: error.message,
        }));
        statuses.set(outcome.status, (statuses.get(outcome.status) ?? 0) + 1);
        const fault = findFault(outcome);
        if (fault)
          faults.push(
            `${fault} ← ${hostile.method} ${hostile.path.slice(0, 150)} as ${hostile.credential} ${hostile.body?.slice(0, 300) ?? ''}`,
          );
      }
    };
    await Promise.all(Array.from({ length: CALLERS }, caller));
    await github.idle();
    const alive = await fetch(`${github.urls.rest}/meta`);

    expect(faults).toEqual([]);
    // The attack got in: much of it was carried out, much refused, in every way there is.
    expect(statuses.get(200)).toBeGreaterThan(300);
    for (const status of [201, 400, 401, 403, 404, 422])
      expect(statuses.get(status)).toBeGreaterThan(20);
    expect(alive.status).toBe(200);
  }, 120_000);
});
