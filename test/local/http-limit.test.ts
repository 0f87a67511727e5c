import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BUDGETS } from '#local/api/rate-limit.ts';
import { type LocalGitHub, startLocalGitHub } from '#local/server.ts';
import { seed } from './api-world.ts';

let github: LocalGitHub;
let dataDir: string;
let now = new Date('2026-11-01T12:00:00Z');
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'local-limit-'));
  const few = { core: 3, graphql: 1, search: 1 };
  const budgets = { ...BUDGETS, user: few };
  github = await startLocalGitHub({ dataDir, seed, budgets, now: () => now });
});
afterAll(async () => {
  await github.close();
  await rm(dataDir, { recursive: true, force: true });
});

interface Overview {
  readonly message?: string;
  readonly rate?: object;
  readonly resources?: object;
}

async function ask(login: string, path: string, init: RequestInit = {}) {
  const headers = { authorization: `Bearer ${github.tokens[login]}` };
  const response = await fetch(`${github.urls.rest}${path}`, { headers, ...init });
  const body = (await response.json()) as Overview;
  return { status: response.status, headers: response.headers, body };
}

describe('a caller’s hourly budget', () => {
  it('is counted by caller, agrees with what GET /rate_limit says, and ends in a refusal', async () => {
    const statuses = [];
    for (let i = 0; i < 3; i += 1) statuses.push((await ask('ada', '/users/ada')).status);
    const overview = await ask('ada', '/rate_limit');
    const refused = await ask('ada', '/users/ada');
    const other = await ask('grace', '/users/ada');

    expect(statuses).toEqual([200, 200, 200]);
    expect(overview.body.rate).toEqual({ limit: 3, used: 3, remaining: 0, reset: 1793538000 });
    expect(overview.body.resources).toMatchObject({ search: { used: 0 }, graphql: { used: 0 } });
    expect([refused.status, refused.headers.get('x-ratelimit-remaining')]).toEqual([403, '0']);
    expect(refused.headers.get('x-ratelimit-reset')).toBe('1793538000');
    expect(refused.body.message).toMatch(/^API rate limit exceeded for user ID \d+\.$/);
    expect([other.status, other.headers.get('x-ratelimit-used')]).toEqual([200, '1']);
  });

  it('is full again after the hour', async () => {
    now = new Date('2026-11-01T13:00:01Z');
    const reply = await ask('ada', '/users/ada');

    expect([reply.status, reply.headers.get('x-ratelimit-used')]).toEqual([200, '1']);
  });

  it('is another one for search and for GraphQL', async () => {
    const search = await ask('eve', '/search/issues?q=sum');
    const more = await ask('eve', '/search/issues?q=sum');
    const core = await ask('eve', '/users/eve');

    expect([search.status, more.status, core.status]).toEqual([200, 403, 200]);
    expect(search.headers.get('x-ratelimit-resource')).toBe('search');
  });
});
