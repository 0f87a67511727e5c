import { mkdtemp, rm } from 'node:fs/promises';
import { request as sendRaw } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TokenMint } from '#cli/bench/exchange-tokens.ts';
import { openMint } from '#cli/bench/exchange-tokens.ts';
import type { GrantPlace, OpenGrant } from '#cli/bench/grant-rows.ts';
import { openGrants, seedRoots } from '#cli/bench/grant-rows.ts';
import { release } from '#cli/bench/served-app.ts';
import { agentCaller, startWaitingJobs } from '#cli/bench/waiting-jobs.ts';
import type { Edges } from '#compose/edges.ts';
import { closeEdges, openEdges } from '#compose/edges.ts';
import { brokerRoutes } from '#compose/http/broker-routes.ts';
import { guardRoutes } from '#compose/http/guard-routes.ts';
import { mcpRoute } from '#compose/http/mcp-route.ts';
import { pageRoutes } from '#compose/http/page-routes.ts';
import { readings } from '#github/permitted.ts';
import type { HttpServer } from '#http/server.ts';
import { listen } from '#http/server.ts';
import { actionsOf } from '#local/actions/actions-service.ts';
import type { LocalGitHub } from '#local/server.ts';
import { startLocalGitHub } from '#local/server.ts';
import { noUsage } from '#model/model-usage.ts';
import { callerWorkflowPath } from '#model/names.ts';
import { boundAudience, proofHeader } from '#model/possession.ts';
import { createProofKey } from '#runner/proof-key.ts';
import { readSettings } from '#settings.ts';
import { readTestStore } from '../fake/store.ts';

const publicUrl = 'https://sallyport.example.com';
/** The job's own key: tokens and sessions are nothing without it. */
const jobKey = createProofKey();
const tokens = /gh[su]_|eyJ|agm_/;

interface Sent {
  readonly line: string;
  readonly authorization: string;
  readonly body: unknown;
}

let folder: string;
let github: LocalGitHub;
let edges: Edges;
let server: HttpServer;
let mint: TokenMint;
let place: GrantPlace;
const sent: Sent[] = [];
/** Every token that the App was given. */
const minted: string[] = [];
const said: string[] = [];
const plainFetch = globalThis.fetch;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-wire-'));
  github = await startLocalGitHub({
    dataDir: join(folder, 'github'),
    actions: { maxParallelJobs: 0 },
    seed: {
      users: [{ login: 'ada' }],
      organizations: [{ login: 'acme', members: { ada: 'admin' } }],
      repositories: [
        {
          owner: 'acme',
          name: 'shop',
          source: {
            kind: 'files',
            files: { [callerWorkflowPath]: { content: JSON.stringify(agentCaller) } },
          },
        },
      ],
      app: {
        slug: 'sallyport',
        permissions: { ...readings.read, actions: 'write' },
        events: [],
        installOn: 'acme',
      },
    },
  });
  edges = await openEdges(settingsFor(github), (line) => void said.push(line), {
    databaseTemplate: await readTestStore(),
  });
  place = placeIn(github);
  await seedRoots(edges.database, place);
  const audience = boundAudience(`${publicUrl}/v1/exchange`, jobKey.thumbprint);
  mint = await openMint(github, place, audience);
  globalThis.fetch = async (input, init) => {
    const url = String(input instanceof Request ? input.url : input);
    const reply = await plainFetch(input, init);
    if (!url.startsWith(github.urls.rest)) return reply;
    sent.push(toSent(url, init));
    if (url.endsWith('/access_tokens') && reply.ok) {
      minted.push(((await reply.clone().json()) as { token: string }).token);
    }
    return reply;
  };
  server = await listen(
    guardRoutes(edges, [...brokerRoutes(edges), mcpRoute(edges), ...pageRoutes(edges)]),
    { host: '127.0.0.1', port: 0 },
    (error) => void said.push(String(error)),
  );
}, 60_000);

afterAll(async () => {
  globalThis.fetch = plainFetch;
  await server.close();
  await closeEdges(edges);
  await github.close();
  await rm(folder, { recursive: true, force: true });
});

function settingsFor({ app, urls }: LocalGitHub) {
  const read = readSettings({
    SALLYPORT_URL: publicUrl,
    SALLYPORT_DATA: join(folder, 'app'),
    APP_ID: String(app?.id),
    PRIVATE_KEY: app?.privateKeyPem ?? '',
    WEBHOOK_SECRET: 's'.repeat(40),
    GITHUB_API_URL: urls.rest,
    GITHUB_SERVER_URL: urls.server,
    SALLYPORT_OIDC_ISSUER: urls.oidcIssuer,
    SALLYPORT_JWKS_URL: `${urls.oidcIssuer}/.well-known/jwks`,
    SALLYPORT_RELEASES: release,
    SALLYPORT_TRUSTED_PROXIES: '1',
  });
  if (!read.ok) throw new Error(read.refusal.join());
  return read.value;
}

function placeIn({ world }: LocalGitHub): GrantPlace {
  const repository = world.repositoryByName('acme', 'shop');
  const person = world.userByLogin('ada');
  const [installation] = world.installations.values();
  if (!repository || !person || !installation) throw new Error('expected the seed');
  return {
    installationId: installation.id,
    repositoryId: repository.id,
    ownerId: repository.ownerId,
    owner: 'acme',
    name: 'shop',
    requester: { id: person.id, login: person.login },
  };
}

function toSent(url: string, init: RequestInit | undefined): Sent {
  return {
    line: `${init?.method ?? 'GET'} ${new URL(url).pathname.replace(/^\/api\/v3/, '')}`,
    authorization: new Headers(init?.headers).get('authorization') ?? '',
    body: init?.body ? JSON.parse(String(init.body)) : null,
  };
}

async function aWaitingGrant(): Promise<OpenGrant> {
  const [grant] = await openGrants(edges.database, place, await startWaitingJobs(github, place, 1));
  if (!grant) throw new Error('expected a grant');
  return grant;
}

interface Heard {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Headers;
}

async function post(
  path: string,
  token: string,
  body: unknown,
  client = '198.51.100.1',
): Promise<Heard> {
  const [url = ''] = `${publicUrl}${path}`.split('?', 1);
  const text = JSON.stringify(body);
  const reply = await plainFetch(`${server.url}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'x-forwarded-for': client,
      [proofHeader]: jobKey.prove({ method: 'POST', url, token, body: text }),
    },
    body: text,
  });
  const answer = await reply.text();
  return {
    status: reply.status,
    body: answer ? JSON.parse(answer) : {},
    headers: reply.headers,
  };
}

async function exchangeOn(grant: OpenGrant, as: OpenGrant = grant): Promise<Heard> {
  return post('/v1/exchange', await mint.good(as), { grant: grant.id, phase: 'agent' });
}

/** A code and the request's id, and not a byte more. */
function isRefusal(heard: Heard, status: number, error: string): void {
  expect([heard.status, heard.body]).toEqual([
    status,
    { error, request_id: heard.headers.get('x-request-id') },
  ]);
}

const runOf = ({ runId }: OpenGrant) => {
  const run = actionsOf(github.world).runs.findAnywhere(runId);
  if (!run) throw new Error('expected the run');
  return run;
};

describe('an exchange, on the wire', () => {
  it('grant:never-widens: asks GitHub about that run and job alone, by one token that reads one repository', async () => {
    const grant = await aWaitingGrant();
    sent.length = 0;

    const heard = await exchangeOn(grant);

    expect(heard.status).toBe(200);
    expect(heard.headers.get('cache-control')).toBe('no-store');
    expect(heard.body).toEqual({
      grant: grant.id,
      phase: 'agent',
      repository_id: place.repositoryId,
      mcp: {
        url: `${publicUrl}/mcp`,
        session_token: expect.stringMatching(/^agm_[\w-]{43}$/),
        expires_at: expect.any(String),
        // What the session may ask for: agents that list tools by name are told these alone.
        tools: ['issue.read'],
      },
    });
    const run = `/repos/acme/shop/actions/runs/${grant.runId}`;
    expect(sent.map(({ line }) => line).toSorted()).toEqual([
      `GET ${run}`,
      `GET ${run}/attempts/1/jobs`,
      `POST /app/installations/${place.installationId}/access_tokens`,
    ]);
    const [asked, ...reads] = sent;
    expect(asked?.body).toEqual({
      repository_ids: [place.repositoryId],
      permissions: readings.read,
    });
    expect(new Set(Object.values(readings.read))).toEqual(new Set(['read']));
    expect(new Set(reads.map(({ authorization }) => authorization)).size).toBe(1);
    expect(reads[0]?.authorization).toMatch(/^Bearer ghs_/);
  });

  it('T-D9 T-A10: answers once, whatever comes again', async () => {
    const grant = await aWaitingGrant();
    const token = await mint.good(grant);
    const order = { grant: grant.id, phase: 'agent' };

    expect((await post('/v1/exchange', token, order)).status).toBe(200);
    isRefusal(await post('/v1/exchange', token, order), 401, 'invalid_token');
    isRefusal(await exchangeOn(grant), 409, 'phase_already_issued');
    const rows = await edges.database.query('select phase from issued where grant_id = $1', [
      grant.id,
    ]);
    expect(rows).toEqual([{ phase: 'agent' }]);
  });

  it('T-D1: refuses one run’s job the grant of another, without asking GitHub', async () => {
    const [grant, other] = [await aWaitingGrant(), await aWaitingGrant()];
    sent.length = 0;

    isRefusal(await exchangeOn(grant, other), 403, 'denied');

    expect(sent).toEqual([]);
    expect((await exchangeOn(grant)).status).toBe(200);
  });

  it('T-D10: refuses a job that has ended, as GitHub says', async () => {
    const grant = await aWaitingGrant();
    const [job] = runOf(grant).jobs;
    if (!job) throw new Error('expected the job');
    job.status = 'completed';

    isRefusal(await exchangeOn(grant), 403, 'denied');
    job.status = 'in_progress';
    expect((await exchangeOn(grant)).status).toBe(200);
  });

  it('T-D14: answers a grant that is none like a grant that is another’s', async () => {
    const [grant, other] = [await aWaitingGrant(), await aWaitingGrant()];
    const none = { ...grant, id: crypto.randomUUID() };

    const [unknown, foreign] = [await exchangeOn(none, grant), await exchangeOn(other, grant)];

    isRefusal(unknown, 403, 'denied');
    isRefusal(foreign, 403, 'denied');
    const shown = ({ headers }: Heard) =>
      [...headers.keys()].filter((name) => name !== 'date').toSorted();
    expect(shown(unknown)).toEqual(shown(foreign));
  });

  it('T-M3: takes no token in a URL, however good', async () => {
    const grant = await aWaitingGrant();
    const heard = await exchangeOn(grant);
    const { session_token: token } = heard.body.mcp as { session_token: string };
    for (const path of ['/v1/exchange', '/v1/report', '/v1/revoke']) {
      isRefusal(await post(`${path}?token=${token}`, token, {}), 400, 'invalid_request');
    }

    expect((await post('/v1/revoke', token, {})).status).toBe(204);
  });

  it('T-M6: takes no ID token, installation token or agent’s session for a report', async () => {
    const grant = await aWaitingGrant();
    const { session_token: session } = (await exchangeOn(grant)).body.mcp as {
      session_token: string;
    };
    const told = {
      agent: { outcome: 'skipped', result: null, artifact: null },
      verify: { outcome: 'skipped', artifact: null },
    };

    isRefusal(await post('/v1/report', await mint.good(grant), told), 401, 'invalid_token');
    isRefusal(await post('/v1/report', `ghs_${'A'.repeat(36)}`, told), 401, 'invalid_token');
    isRefusal(await post('/v1/report', session, told), 403, 'denied');
    isRefusal(
      await post('/v1/exchange', session, { grant: grant.id, phase: 'agent' }),
      401,
      'invalid_token',
    );
  });

  it('run:identity: renews a session for the holder of its key alone, and the old token is worth nothing', async () => {
    const grant = await aWaitingGrant();
    const { session_token: old } = (await exchangeOn(grant)).body.mcp as { session_token: string };

    const heard = await post('/v1/renew', old, {});
    expect(heard.status).toBe(200);
    expect(heard.headers.get('cache-control')).toBe('no-store');
    const { session_token: fresh } = heard.body as { session_token: string };
    expect(fresh).toMatch(/^agm_[\w-]{43}$/);
    expect(fresh).not.toBe(old);

    const artifact = { artifact: { id: 9, digest: 'a'.repeat(64) } };
    isRefusal(await post('/v1/change-set', old, artifact), 401, 'invalid_token');
    isRefusal(await post('/v1/renew', old, {}), 401, 'invalid_token');
    expect((await post('/v1/change-set', fresh, artifact)).body).toEqual({
      accepted: true,
      repeated: false,
    });
    const thief = createProofKey();
    const url = `${publicUrl}/v1/renew`;
    const proof = thief.prove({ method: 'POST', url, token: fresh, body: '{}' });
    const headers = ['host', 'x', 'authorization', `Bearer ${fresh}`, proofHeader, proof];
    expect(await raw('/v1/renew', headers, '{}')).toBe(401);
    expect((await post('/v1/renew', fresh, {})).status).toBe(200);
  });

  it('shows on the run’s page what the model was asked, while the agent works, from the job’s session alone', async () => {
    const grant = await aWaitingGrant();
    const { session_token: token } = (await exchangeOn(grant)).body.mcp as {
      session_token: string;
    };
    const usage = { ...noUsage, calls: 12, output: 3400, usd: 1.5, models: ['<b>claude-x'] };

    isRefusal(await post('/v1/usage', `agm_${'x'.repeat(43)}`, usage), 401, 'invalid_token');
    isRefusal(await post('/v1/usage', token, { ...usage, calls: -1 }), 400, 'invalid_request');
    isRefusal(await post('/v1/usage', token, { ...usage, more: 1 }), 400, 'invalid_request');
    expect((await post('/v1/usage', token, usage)).status).toBe(202);

    const [run] = await edges.database.query<{ id: string }>(
      'update run set policy = $2 where workflow_run_id = $1 returning id',
      [grant.runId, { agent: { budget_usd: 5 } }],
    );
    const page = await (await plainFetch(`${server.url}/runs/${run?.id}`)).text();
    expect(page).toContain('12 calls, 3,400 tokens, $1.50, &lt;b&gt;claude-x, of at most $5');
  });

  it('T-M4: serves the context tools under its own name alone, and no browser', async () => {
    const { session_token: session } = (await exchangeOn(await aWaitingGrant())).body.mcp as {
      session_token: string;
    };
    const call = (headers: Record<string, string>) =>
      raw('/mcp', ['authorization', `Bearer ${session}`, ...Object.entries(headers).flat()]);
    const own = { host: new URL(publicUrl).host };

    expect(await call({ host: 'evil.test' })).toBe(403);
    expect(await call({ host: `127.0.0.1:${server.port}` })).toBe(403);
    expect(await call({ ...own, origin: 'https://evil.test' })).toBe(403);
    // No refusal of the session or the host: only the empty message is not one.
    const url = `${publicUrl}/mcp`;
    const proof = jobKey.prove({ method: 'POST', url, token: session, body: null });
    expect(await call({ ...own, [proofHeader]: proof })).toBe(400);
  });

  it('T-A19, T-E1: refuses two headers, another method and a form', async () => {
    const grant = await aWaitingGrant();
    const [good, url] = [await mint.good(grant), `${publicUrl}/v1/exchange`];
    const token = `Bearer ${good}`;
    const order = JSON.stringify({ grant: grant.id, phase: 'agent' });
    const type = ['content-type', 'application/json'];
    const proof = jobKey.prove({ method: 'POST', url, token: good, body: order });
    const headers = ['host', 'x', 'authorization', token, ...type, proofHeader, proof];

    expect(await raw('/v1/exchange', ['authorization', token, ...headers], order)).toBe(401);
    expect(await raw('/v1/exchange', headers, order, 'PUT')).toBe(405);
    expect(await raw('/v1/exchange', headers, `${order}${' '.repeat(1100)}`)).toBe(413);
    expect(await raw('/v1/exchange', headers.slice(0, 4), order)).toBe(415);
    expect(await raw('/v1/exchange', headers, order)).toBe(200);
  });

  it('T-M7: hears no more from who guesses, and asks GitHub nothing meanwhile', async () => {
    const grant = await aWaitingGrant();
    const [good, order] = [await mint.good(grant), { grant: grant.id, phase: 'agent' }];
    const guess = () => post('/v1/exchange', mint.garbage(), order, '203.0.113.66');
    sent.length = 0;

    const heard: number[] = [];
    do heard.push((await guess()).status);
    while (heard.at(-1) === 401 && heard.length < 2000);
    expect(heard.length).toBeGreaterThan(300);
    isRefusal(await post('/v1/exchange', good, order, '203.0.113.66'), 429, 'rate_limited');
    expect(sent).toEqual([]);

    expect((await post('/v1/exchange', good, order, '203.0.113.67')).status).toBe(200);
  });

  it('T-E12: refuses while the installation is suspended', async () => {
    const grant = await aWaitingGrant();
    const installation = github.world.installations.get(place.installationId);
    if (!installation) throw new Error('expected the installation');
    const [kept, token] = [installation.suspendedAt, await mint.good(grant)];
    installation.suspendedAt = new Date().toISOString();

    const heard = await post('/v1/exchange', token, { grant: grant.id, phase: 'agent' });
    installation.suspendedAt = kept;

    isRefusal(heard, 403, 'denied');
    expect((await exchangeOn(grant)).status).toBe(200);
  });

  it('T-E10, T-E11: keeps no token in the database and says none in a log', async () => {
    const { rows } = await dump();

    expect(rows).toContain('broker.exchanged');
    expect(rows).toContain('broker.refused');
    expect(rows).not.toMatch(tokens);
    expect(said.join('\n')).not.toMatch(tokens);

    // The control: one that is planted is found.
    const planted = `agm_${'p'.repeat(43)}`;
    await edges.database.query('update run set because = $1', [planted]);
    expect((await dump()).rows).toMatch(tokens);
  });

  it('T-E9: revokes every token that the App was given, each by itself, when it closes', async () => {
    sent.length = 0;
    await edges.github.close();

    expect(minted.length).toBeGreaterThan(0);
    expect(sent.map(({ line }) => line)).toEqual(minted.map(() => 'DELETE /installation/token'));
    expect(sent.map(({ authorization }) => authorization)).toEqual(
      minted.map((token) => `Bearer ${token}`),
    );
    expect(Math.min(...minted.map(({ length }) => length))).toBeGreaterThan(400);
  });
});

/** Every row of every table, as text. */
async function dump(): Promise<{ rows: string }> {
  const tables = await edges.database.query<{ name: string }>(
    `select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  const texts = await Promise.all(
    tables.map(async ({ name }) => {
      const rows = await edges.database.query<{ row: string }>(
        `select row_to_json(t)::text as row from ${name} t`,
      );
      return rows.map(({ row }) => row).join('\n');
    }),
  );
  return { rows: texts.join('\n') };
}

/** As bytes, so that a header can be there twice. */
function raw(
  path: string,
  headers: readonly string[],
  body = '',
  method = 'POST',
): Promise<number> {
  return new Promise((resolve, reject) => {
    const length = ['content-length', String(Buffer.byteLength(body))];
    const { port } = server;
    const request = sendRaw(
      { host: '127.0.0.1', port, path, method, headers: [...headers, ...length], setHost: false },
      (response) => {
        response.resume();
        response.once('end', () => resolve(response.statusCode ?? 0));
      },
    );
    request.once('error', reject);
    request.end(body);
  });
}
