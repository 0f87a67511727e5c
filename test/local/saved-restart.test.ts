import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { resolveCommit } from '#local/git/object.ts';
import { deleteRef, updateRef } from '#local/git/ref.ts';
import { type LocalGitHub, startLocalGitHub } from '#local/server.ts';
import { seed } from './api-world.ts';

let folder: string;
let open: LocalGitHub[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'saved-restart-'));
});
afterEach(async () => {
  for (const each of open) await each.close().catch(() => undefined);
  open = [];
  await rm(folder, { recursive: true, force: true });
});

async function start(dataDir = join(folder, 'data')): Promise<LocalGitHub> {
  const github = await startLocalGitHub({ dataDir, seed, keep: true });
  open.push(github);
  return github;
}

async function call(github: LocalGitHub, method: string, path: string, body?: object) {
  const response = await fetch(`${github.urls.rest}${path}`, {
    method,
    headers: { authorization: `Bearer ${github.tokens.ada}` },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}`);
  return text === '' ? null : JSON.parse(text);
}

function shop(github: LocalGitHub) {
  const repository = github.world.repositoryByName('acme', 'shop');
  if (!repository) throw new Error('expected acme/shop');
  return repository;
}

/** A pull request from `fix`, one commit ahead of main. */
async function openPull(github: LocalGitHub) {
  const put = (branch: string, path: string) =>
    call(github, 'PUT', `/repos/acme/shop/contents/${path}`, {
      message: path,
      content: '',
      branch,
    });
  const main = await resolveCommit(shop(github).gitDir, 'refs/heads/main');
  await call(github, 'POST', '/repos/acme/shop/git/refs', { ref: 'refs/heads/fix', sha: main });
  await put('fix', 'one');
  const fields = { title: 'Fix', head: 'fix', base: 'main' };
  return call(github, 'POST', '/repos/acme/shop/pulls', fields);
}

/** What a process leaves that is killed now: the folder as it is, its lock included. */
async function crash(github: LocalGitHub): Promise<void> {
  const lock = join(folder, 'data', 'lock');
  await readFile(lock);
  await github.close();
  await writeFile(lock, '{"pid":0}');
}

describe('a local GitHub that is kept', () => {
  it('goes on with a merge queue where it was', async () => {
    const github = await start();
    const protection = { required_status_checks: null, enforce_admins: true };
    await call(github, 'PUT', '/repos/acme/shop/branches/main/protection', {
      ...protection,
      required_pull_request_reviews: null,
      restrictions: null,
    });
    await call(github, 'POST', '/repos/acme/shop/rulesets', {
      name: 'queue',
      enforcement: 'active',
      conditions: { ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } },
      rules: [
        {
          type: 'merge_queue',
          parameters: {
            check_response_timeout_minutes: 60,
            grouping_strategy: 'ALLGREEN',
            max_entries_to_build: 5,
            max_entries_to_merge: 5,
            merge_method: 'MERGE',
            min_entries_to_merge: 2,
            min_entries_to_merge_wait_minutes: 60,
          },
        },
      ],
    });
    const pull = await openPull(github);
    const enqueued = await fetch(github.urls.graphql, {
      method: 'POST',
      headers: { authorization: `Bearer ${github.tokens.ada}` },
      body: JSON.stringify({
        query: `mutation{enqueuePullRequest(input:{pullRequestId:"${pull.node_id}"}){mergeQueueEntry{state}}}`,
      }),
    });
    const said = await enqueued.text();
    await github.idle();
    const group = shop(github).mergeQueue[0]?.group;
    await github.close();
    const again = await start();
    await again.idle();

    expect(said).toContain('mergeQueueEntry');
    expect(group).toMatchObject({ ref: expect.stringContaining('gh-readonly-queue/main/pr-') });
    expect(shop(again).mergeQueue[0]?.group).toEqual(group);
    expect(await resolveCommit(shop(again).gitDir, group?.ref ?? '')).toBe(group?.sha);
    // It waits for a second one still; without the queue it leaves.
    const [ruleset] = shop(again).rulesets.values();
    await call(again, 'DELETE', `/repos/acme/shop/rulesets/${ruleset?.id}`);
    await again.idle();
    expect(shop(again).mergeQueue).toEqual([]);
  });

  it('goes on where it ended, and the seed is planted only once', async () => {
    const first = await start();
    expect(first.isRestored).toBe(false);
    await call(first, 'POST', '/repos/acme/shop/issues', { title: 'Third' });
    const issues = await call(first, 'GET', '/repos/acme/vault/issues');
    await first.close();

    const second = await start();

    expect(second.isRestored).toBe(true);
    expect(second.tokens).toEqual(first.tokens);
    expect(second.app).toEqual(first.app);
    expect([...shop(second).issues.values()].map(({ title }) => title)).toEqual([
      'The sum is wrong',
      'Then this',
      'Third',
    ]);
    expect(await call(second, 'GET', '/repos/acme/vault/issues')).toEqual(issues);
    expect(second.world).toEqual({
      ...first.world,
      urls: second.world.urls,
      ...functionsOf(second.world),
    });
  });

  it('keeps what people authorized an App to: its token works, and is renewed', async () => {
    const first = await start();
    const { clientId = '', clientSecret = '', slug = '' } = first.app ?? {};
    first.admin.setCallbackUrls(slug, ['http://127.0.0.1:7003/done']);
    const back = await fetch(`${first.urls.origin}/login/oauth/authorize?client_id=${clientId}`, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie: `local_session=${first.tokens.ada}`, origin: first.urls.origin },
      body: new URLSearchParams({ authorize: '1' }),
    });
    const code = new URL(back.headers.get('location') ?? '').searchParams.get('code') ?? '';
    const trade = async ({ urls }: LocalGitHub, fields: Record<string, string>) => {
      const body = new URLSearchParams({
        client_id: clientId,
        client_secret: clientSecret,
        ...fields,
      });
      const reply = await fetch(`${urls.origin}/login/oauth/access_token`, {
        method: 'POST',
        headers: { accept: 'application/json' },
        body,
      });
      return (await reply.json()) as { access_token?: string; refresh_token: string };
    };
    const pair = await trade(first, { code });
    await first.close();
    const again = await start();
    const { status } = await fetch(`${again.urls.rest}/user`, {
      headers: { authorization: `Bearer ${pair.access_token}` },
    });
    const renewed = await trade(again, {
      grant_type: 'refresh_token',
      refresh_token: pair.refresh_token,
    });

    expect(status).toBe(200);
    expect(renewed.access_token).toMatch(/^ghu_/);
    await again.close();
  });

  it('answers an App that asks as soon as it hears what came out at the start', async () => {
    const first = await start();
    const { promise: asked, resolve } = Promise.withResolvers<number>();
    const app = createServer((request, response) => {
      response.end();
      request.resume();
      void fetch(`${first.urls.rest}/meta`).then(({ status }) => resolve(status));
    }).listen(0, '127.0.0.1');
    await once(app, 'listening');
    const { port } = app.address() as AddressInfo;
    first.setWebhook(`http://127.0.0.1:${port}/`);
    const pull = await openPull(first);
    await asked;
    await crash(first);
    const main = (await resolveCommit(shop(first).gitDir, 'refs/heads/main')) ?? '';
    await updateRef(shop(first).gitDir, 'refs/heads/fix', main, pull.head.sha);
    const heard = Promise.withResolvers<number>();
    app.removeAllListeners('request').on('request', (request, response) => {
      response.end();
      request.resume();
      void fetch(`${first.urls.rest}/meta`).then(({ status }) => heard.resolve(status));
    });

    const port2 = Number(new URL(first.urls.origin).port);
    const dataDir = join(folder, 'data');
    open.push(await startLocalGitHub({ dataDir, seed, keep: true, port: port2 }));

    expect(await heard.promise).toBe(200);
    app.close();
    app.closeAllConnections();
  });

  it('can be moved to another folder', async () => {
    const first = await start();
    await first.close();
    const moved = join(folder, 'moved');
    await (await import('node:fs/promises')).rename(join(folder, 'data'), moved);

    const second = await start(moved);

    expect(await call(second, 'GET', '/repos/acme/shop/contents/README.md')).toMatchObject({
      path: 'README.md',
    });
  });

  it('follows a push that only git remembers, and lets git change that branch again', async () => {
    const first = await start();
    const pull = await openPull(first);
    const { gitDir } = shop(first);
    await crash(first);
    const main = (await resolveCommit(gitDir, 'refs/heads/main')) ?? '';
    await updateRef(gitDir, 'refs/heads/fix', main, pull.head.sha);
    await writeFile(join(gitDir, 'refs/heads/fix.lock'), '');

    const second = await start();

    const path = `/repos/acme/shop/pulls/${pull.number}`;
    expect(await call(second, 'GET', path)).toMatchObject({ state: 'open', head: { sha: main } });
    expect(await updateRef(gitDir, 'refs/heads/fix', pull.head.sha, main)).toBe('done');
  });

  it('closes a pull request whose branch only git remembers as deleted', async () => {
    const first = await start();
    const pull = await openPull(first);
    await crash(first);
    await deleteRef(shop(first).gitDir, 'refs/heads/fix', pull.head.sha);

    const second = await start();

    const after = await call(second, 'GET', `/repos/acme/shop/pulls/${pull.number}`);
    expect(after).toMatchObject({ state: 'closed', merged: false, head: { sha: pull.head.sha } });
  });

  it('gives no id again that somebody may have seen before a crash', async () => {
    const first = await start();
    const last = first.world.nextId();
    await crash(first);

    expect((await start()).world.nextId()).toBeGreaterThan(last + 100);
  });

  it('does not go on when a repository is gone', async () => {
    const first = await start();
    await first.close();
    await rm(shop(first).gitDir, { recursive: true });

    await expect(start()).rejects.toThrow(`the repository ${shop(first).gitDir} is gone`);
  });

  it('starts over when it was killed while it made the first world', async () => {
    const data = join(folder, 'data');
    const first = await start();
    await crash(first);
    await rm(join(data, 'state.json'));

    const second = await start();

    expect(second.isRestored).toBe(false);
    expect(shop(second).issues.size).toBe(2);
  });

  it('leaves a folder alone that holds something else', async () => {
    await writeFile(join(folder, 'thesis.txt'), 'years of work');

    await expect(start(folder)).rejects.toThrow(
      `the folder ${folder} holds "thesis.txt" and no saved GitHub`,
    );

    expect(await readdir(folder)).toEqual(['thesis.txt']);
  });
});

function functionsOf(world: object): object {
  return Object.fromEntries(Object.entries(world).filter(([, each]) => typeof each === 'function'));
}
