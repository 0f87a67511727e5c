import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  assertOwn,
  assertReads,
  clientRoutes,
  ownRoutes,
  permissionsToWrite,
  personRoutes,
  readings,
  writings,
} from '#github/permitted.ts';

const source = new URL('../../src/', import.meta.url).pathname;
const changing = /['"`]((?:POST|PATCH|PUT|DELETE) \/[^'"`]*)['"`]/g;
/** Reads, by POST: every document is held to a query before it is sent. */
const graphqlRoute = 'POST /graphql';

describe('what the App changes on GitHub', () => {
  it('grant:never-widens: is a route of one table, and each route of the table is used', async () => {
    const sent = new Set<string>();
    for (const [path, text] of await readSources('github')) {
      if (path === 'github/permitted.ts') continue;
      for (const [, route = ''] of text.matchAll(changing)) sent.add(route);
    }
    sent.delete(graphqlRoute);

    expect([...sent].sort()).toEqual(
      [
        ...ownRoutes,
        ...clientRoutes,
        ...Object.values(writings).flatMap(({ routes }) => routes),
      ].sort(),
    );
  });

  it('is asked for nowhere but at that edge', async () => {
    const elsewhere: string[] = [];
    for (const folder of await readdir(source)) {
      // `local` is GitHub's side; `cli` plays the people of a demo, with their own tokens.
      if (['github', 'local', 'cli'].includes(folder)) continue;
      for (const [path, text] of await readSources(folder)) {
        if (/['"`](?:\w+ )?\/repos\/|\bgithub\.(?:write|request)\b/.test(text))
          elsewhere.push(path);
      }
    }

    expect(elsewhere).toEqual([]);
  });

  it('is sent with one writing permission, and reading with none', () => {
    for (const { permissions } of Object.values(writings)) {
      expect(Object.values(permissions).filter((level) => level === 'write')).toHaveLength(1);
    }
    expect(Object.values(readings).flatMap((one) => Object.values(one))).not.toContain('write');
  });

  it('is done in a person’s name for one route alone, which can neither push nor approve', () => {
    expect(personRoutes).toEqual(['POST /repos/{owner}/{repo}/pulls']);
    expect(personRoutes.map(permissionsToWrite)).toEqual([writings.pull.permissions]);
    expect(clientRoutes.filter((route) => route.includes('/repos/'))).toEqual([]);
  });

  it('never approves, merges, or touches workflows, secrets, members or settings', () => {
    const routes = Object.values(writings).flatMap((kind): readonly string[] => kind.routes);

    expect(
      routes.filter((route) => /merge|reviews|secrets|members|hooks|contents/.test(route)),
    ).toEqual([]);
    expect(routes.filter((route) => !route.includes(' /repos/{owner}/{repo}/'))).toEqual([]);
  });
});

describe('a request that is not in the table', () => {
  it.each([
    'PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge',
    'POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews',
    'PUT /repos/{owner}/{repo}/contents/{path}',
    'DELETE /repos/{owner}/{repo}/git/refs/{ref}',
    'GET /repos/{owner}/{repo}/pulls',
  ])('is no write: %s', (route) => {
    expect(() => permissionsToWrite(route)).toThrow('a route of the table of writes');
    expect(permissionsToWrite('POST /repos/{owner}/{repo}/pulls')).toEqual(
      writings.pull.permissions,
    );
  });

  it.each([
    'POST /repos/{owner}/{repo}/pulls',
    'mutation { mergePullRequest(input: {}) { clientMutationId } }',
    'query A { viewer { login } } mutation B { addStar(input: {}) { clientMutationId } }',
    '{ viewer { login } }',
  ])('is no read: %s', (request) => {
    expect(() => assertReads(request)).toThrow('expected a GET or a GraphQL query');
    expect(() => assertReads('query ($id: ID!) { node(id: $id) { id } }')).not.toThrow();
    expect(() => assertReads('GET /repos/{owner}/{repo}/pulls')).not.toThrow();
  });

  it.each(['PATCH /app/hook/config', 'DELETE /app/installations/{installation_id}'])(
    'is not sent by the App’s own JWT: %s',
    (route) => {
      expect(() => assertOwn(route)).toThrow('the App’s own routes');
      expect(() => assertOwn('POST /app/hook/deliveries/{delivery_id}/attempts')).not.toThrow();
    },
  );
});

async function readSources(folder: string): Promise<readonly (readonly [string, string])[]> {
  const names = await readdir(join(source, folder), { recursive: true }).catch(() => []);
  const files = names.filter((name) => name.endsWith('.ts')).map((name) => `${folder}/${name}`);
  return Promise.all(
    files.map(async (path) => [path, await readFile(join(source, path), 'utf8')] as const),
  );
}
