import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openTestGitHub, type Reply, type TestGitHub } from './api-world.ts';
import { PERMISSION_ROWS, type PermissionRow } from './permission-table.ts';

/** Of the private repository, so that a token has to be good for anything at all. */
const SAMPLES: Readonly<Record<string, string>> = {
  owner: 'acme',
  repo: 'vault',
  username: 'grace',
  ref: 'main',
  branch: 'main',
  basehead: 'main...main',
  path: 'README.md',
  archive_format: 'zip',
  code: '0000',
  workflow_id: 'ci.yml',
  name: 'bug',
  secret_name: 'TOKEN',
  commit_sha: '0123456789012345678901234567890123456789',
  tree_sha: '0123456789012345678901234567890123456789',
  file_sha: '0123456789012345678901234567890123456789',
  sha: '0123456789012345678901234567890123456789',
};

let test: TestGitHub;
let jwt: string;
/** Token by its permissions: the matrix asks for the same few again and again. */
const minted = new Map<string, string>();
beforeAll(async () => {
  test = await openTestGitHub();
  const wanted = PERMISSION_ROWS.flatMap(({ access }) =>
    Array.isArray(access) ? access.map((each) => each.split(':')) : [],
  );
  const { admin, app } = test.github;
  admin.requestPermissions('sally', Object.fromEntries(wanted.map(([name]) => [name, 'write'])));
  admin.acceptPermissions(app?.installationId ?? 0, 'ada');
  jwt = await test.appJwt();
});
afterAll(() => test.close());

async function tokenWith(permission: string): Promise<string> {
  const [name = '', level] = permission.split(':');
  const known = minted.get(permission);
  const token = known ?? (await test.installationToken({ permissions: { [name]: level } }));
  minted.set(permission, token);
  return token;
}

function send({ call }: PermissionRow, token: string | null): Promise<Reply> {
  const [method = '', path = ''] = call.split(' ');
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => SAMPLES[name] ?? '1');
  return test.call(token, method, filled, method === 'GET' ? undefined : {});
}

function rowsOf(kind: PermissionRow['access']): readonly PermissionRow[] {
  return PERMISSION_ROWS.filter(({ access }) => access === kind);
}

const permitted = PERMISSION_ROWS.flatMap(({ access, ...row }) =>
  Array.isArray(access) ? [{ ...row, access }] : [],
);

const isBuilt = ({ operation }: PermissionRow) =>
  test.github.routes.some((route) => route.operation === operation);

describe('the table', () => {
  it('holds every operation once, and each is built', () => {
    const names = PERMISSION_ROWS.map(({ operation }) => operation);

    expect(names).toHaveLength(139);
    expect(new Set(names).size).toBe(139);
    expect(PERMISSION_ROWS.filter((row) => !isBuilt(row))).toEqual([]);
  });

  it('says the same of each operation as the route that serves it', () => {
    const routes = new Map(test.github.routes.map((route) => [route.operation, route]));
    const told = permitted.map(({ operation, call, access }) => [operation, call, access]);
    const served = permitted.map(({ operation }) => {
      const route = routes.get(operation);
      return [operation, `${route?.method} ${route?.path}`, route?.access];
    });

    expect(served).toEqual(told);
  });
});

describe.each(permitted)('$call', (row) => {
  const isRead = row.access.every((each) => each.endsWith(':read'));

  it('is nothing to a stranger', async () => {
    const hidden = await send(row, null);
    const shown = await send({ ...row, call: row.call.replace('{repo}', 'shop') }, null);

    expect(hidden.status).toBe(row.call.includes('{repo}') ? 404 : hidden.status);
    if (!isRead) expect(shown.status).toBe(401);
    else expect([401, 403]).not.toContain(row.call.includes('{repo}') ? shown.status : 200);
  });

  it(`takes a token with ${row.access.join(' or ')}, and no other`, async () => {
    const name = row.access[0]?.split(':')[0];
    const other = await tokenWith(name === 'deployments' ? 'issues:read' : 'metadata:read');
    const refused = await send(row, other);
    const allowed = [];
    for (const each of row.access) allowed.push((await send(row, await tokenWith(each))).status);

    if (name !== 'metadata') {
      expect(refused.status).toBe(403);
      expect(refused.headers.get('x-accepted-github-permissions')).toBe(
        row.access.map((each) => each.replace(':', '=')).join('; '),
      );
      expect(refused.body.message).toBe('Resource not accessible by integration');
      expect(refused.body.documentation_url).toContain('https://docs.github.com/rest/');
    }
    for (const status of allowed) expect([401, 403, 500, 501]).not.toContain(status);
  });

  it('knows a lesser level from a higher one', async () => {
    const lesser = row.access.map((each) => each.replace(/:write$/, ':read'));
    if (isRead) return expect(lesser).toEqual(row.access);
    const reply = await send(row, await tokenWith(lesser[0] ?? ''));
    expect(reply.status).toBe(403);
  });
});

describe('an operation of the App itself', () => {
  it.each(rowsOf('app-jwt'))('$call takes its JWT and no token', async (row) => {
    const statuses = [];
    for (const credential of [null, await tokenWith('issues:write'), test.github.tokens.ada ?? ''])
      statuses.push((await send(row, credential)).status);
    const own = await send(row, jwt);

    // The private repository's own installation does not exist for a stranger.
    expect(statuses).toEqual(row.call.includes('{repo}') ? [404, 401, 401] : [401, 401, 401]);
    expect([401, 403, 500, 501]).not.toContain(own.status);
  });
});

describe('an operation of an App’s client', () => {
  it.each(rowsOf('client'))('$call takes its id and secret and no token', async (row) => {
    const { clientId = '', clientSecret = '' } = test.github.app ?? {};
    const own = { ...row, call: row.call.replace('{client_id}', clientId) };
    const statuses = [];
    for (const credential of [null, await tokenWith('issues:write'), jwt])
      statuses.push((await send(own, credential)).status);
    const basic = (secret: string) => `Basic ${btoa(`${clientId}:${secret}`)}`;
    const wrong = await send(own, basic('0000'));
    const foreign = await send(row, basic(clientSecret));
    const right = await send(own, basic(clientSecret));

    expect([...statuses, wrong.status, foreign.status]).toEqual([401, 401, 401, 401, 404]);
    // It names no token, which is the next thing that is asked for.
    expect(right.status).toBe(422);
  });
});

describe('an operation of an App that acts for a person', () => {
  it.each(rowsOf('via'))('$call takes no other token', async (row) => {
    const statuses = [];
    for (const credential of [null, await tokenWith('issues:write'), test.github.tokens.ada ?? ''])
      statuses.push((await send(row, credential)).status);

    expect(statuses).toEqual([401, 403, 403]);
  });
});

describe('an operation of an installation token', () => {
  it.each(rowsOf('installation'))('$call takes it alone', async (row) => {
    const own = await test.installationToken();
    const stranger = await send(row, null);
    const person = await send(row, test.github.tokens.ada ?? '');
    const allowed = await send(row, own);

    expect([stranger.status, person.status]).toEqual([401, 403]);
    expect([200, 204]).toContain(allowed.status);
  });
});

describe('an operation that asks for no permission', () => {
  it.each(rowsOf('user'))('$call takes a person’s token alone', async (row) => {
    const statuses = [];
    for (const credential of [null, await tokenWith('issues:write'), test.github.tokens.ada ?? ''])
      statuses.push((await send(row, credential)).status);

    expect(statuses).toEqual([401, 403, 200]);
  });

  it.each(rowsOf('anyone'))('$call takes anyone, but no bad token', async (row) => {
    const stranger = await send(row, null);
    const bad = await send(row, 'ghp_000000000000000000000000000000000000');

    expect([401, 403, 500, 501]).not.toContain(stranger.status);
    expect(bad.status).toBe(401);
    expect(bad.body).toEqual({
      message: 'Bad credentials',
      documentation_url: 'https://docs.github.com/rest',
      status: '401',
    });
  });
});
