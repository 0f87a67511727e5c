import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openTestGitHub, type TestGitHub } from './api-world.ts';

let test: TestGitHub;
let folder: string;
beforeAll(async () => {
  test = await openTestGitHub();
  folder = await mkdtemp(join(tmpdir(), 'gh-'));
});
afterAll(async () => {
  await test.close();
  await rm(folder, { recursive: true, force: true });
});

/** The real gh, which finds the local GitHub as its proxy; never blocking this process, which is the server. */
function gh(login: string, ...args: readonly string[]): Promise<string> {
  return run('gh', [...args, '-R', 'acme/shop'], login);
}

function run(command: string, args: readonly string[], login: string): Promise<string> {
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    GH_CONFIG_DIR: folder,
    GH_HOST: 'github.localhost',
    GH_TOKEN: test.github.tokens[login] ?? '',
    HTTP_PROXY: test.github.urls.origin,
    GH_PROMPT_DISABLED: '1',
    GH_NO_UPDATE_NOTIFIER: '1',
    GIT_TERMINAL_PROMPT: '0',
  };
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
    });
    child.stderr.on('data', (chunk) => {
      text += chunk;
    });
    child.on('error', reject);
    child.on('close', () => resolve(text));
  });
}

async function graphql(token: string, query: string, variables: object = {}) {
  return (await test.call(token, 'POST', test.github.urls.graphql, { query, variables })).body;
}

describe('the real gh', () => {
  it('lists, shows, opens, comments, labels and closes issues', async () => {
    const created = await gh(
      'grace',
      'issue',
      'create',
      '--title',
      'New',
      '--body',
      'b',
      '--label',
      'sallyport',
    );
    await gh('grace', 'issue', 'comment', '1', '--body', 'hello');
    await gh('grace', 'issue', 'edit', '1', '--add-label', 'sallyport');
    await gh('grace', 'issue', 'close', '3');
    const shown = JSON.parse(
      await gh('grace', 'issue', 'view', '1', '--json', 'labels,comments,state'),
    );
    const list = await gh('grace', 'issue', 'list', '--state', 'all');

    expect(created.trim()).toMatch(/\/acme\/shop\/issues\/3$/);
    expect(shown.labels.map((label: { name: string }) => label.name)).toEqual(['bug', 'sallyport']);
    expect(shown.comments[0]).toMatchObject({ body: 'hello', author: { login: 'grace' } });
    expect(list).toMatch(/3\tCLOSED\tNew\tsallyport/);
  });

  it('shows a repository with its README and an owner’s repositories', async () => {
    const fields = 'nameWithOwner,isTemplate,latestRelease,viewerCanAdminister,sshUrl';
    const shown = await run('gh', ['repo', 'view', 'acme/shop'], 'grace');
    const facts = await run('gh', ['repo', 'view', 'acme/shop', '--json', fields], 'grace');
    const list = await run('gh', ['repo', 'list', 'acme'], 'grace');

    expect(shown).toContain('# Shop');
    expect(JSON.parse(facts)).toEqual({
      nameWithOwner: 'acme/shop',
      isTemplate: false,
      latestRelease: null,
      viewerCanAdminister: false,
      sshUrl: 'git@github.localhost:acme/shop.git',
    });
    expect(list).toContain('acme/shop');
    expect(list).not.toContain('vault');
    expect(await gh('grace', 'release', 'list')).toBe('');
  });

  it('hears that something is not built, and does not take it for done', async () => {
    expect(await gh('grace', 'issue', 'pin', '1')).toContain(
      'Mutation.pinIssue is not built in this local GitHub',
    );
    expect(await gh('grace', 'secret', 'list')).toContain('HTTP 501: The local GitHub has no GET');
  });

  it('opens, shows, approves and merges a pull request', async () => {
    const head = await test.commitOn('fix', 'fix.txt', 'fixed\n');
    const opened = await gh(
      'grace',
      'pr',
      'create',
      '--head',
      'fix',
      '--base',
      'main',
      '--title',
      'Fix',
      '--body',
      'Fixes #2',
    );
    const number = opened.trim().split('/').at(-1) ?? '';
    await test.call(await test.installationToken(), 'POST', '/repos/acme/shop/check-runs', {
      name: 'sallyport / review',
      head_sha: head,
      conclusion: 'success',
    });
    const status = await gh('grace', 'pr', 'status');
    const asked = await gh('grace', 'pr', 'edit', number, '--add-reviewer', 'ada');
    const checks = await gh('grace', 'pr', 'checks', number);
    const early = await gh('grace', 'pr', 'merge', number, '--squash');
    await gh('ada', 'pr', 'review', number, '--approve');
    await gh('grace', 'pr', 'merge', number, '--squash');
    const view = JSON.parse(
      await gh('grace', 'pr', 'view', number, '--json', 'state,mergedBy,reviewDecision'),
    );

    expect(status).toMatch(new RegExp(`Created by you\\n  #${number}  Fix \\[fix\\]`));
    expect(asked).toContain(`/acme/shop/pull/${number}`);
    expect(checks).toContain('sallyport / review\tpass');
    expect(early).toContain('not mergeable');
    expect(view).toMatchObject({
      state: 'MERGED',
      mergedBy: { login: 'grace' },
      reviewDecision: 'APPROVED',
    });
  });
});

describe('GraphQL', () => {
  it('counts a connection without a page of it, and wants the page’s size for more', async () => {
    const issues = (inner: string) =>
      graphql(
        test.github.tokens.ada ?? '',
        `{ repository(owner: "acme", name: "shop") { issues${inner} } }`,
      );
    const refused = {
      type: 'MISSING_PAGINATION_BOUNDARIES',
      path: ['repository', 'issues'],
      message:
        'You must provide a `first` or `last` value to properly paginate the `issues` connection.',
    };

    expect((await issues('{ totalCount }')).data.repository.issues.totalCount).toBeGreaterThan(0);
    expect((await issues('(last: 1) { nodes { id } }')).data.repository.issues.nodes).toHaveLength(
      1,
    );
    expect((await issues('{ nodes { id } }')).errors).toMatchObject([refused]);
    expect((await issues('{ ... { edges { cursor } } }')).errors).toMatchObject([refused]);
  });

  it('tells how a branch is protected, and an organization’s teams to people only', async () => {
    const { world } = test.github;
    const shop = world.repositoryByName('acme', 'shop');
    const organizationId = shop?.ownerId ?? 0;
    for (const [id, name] of [
      [901, 'Zebra'],
      [902, 'Ant'],
    ] as const)
      world.teams.set(id, {
        id,
        organizationId,
        slug: name.toLowerCase(),
        name,
        members: new Set(),
        repositories: new Map(),
      });
    const query = `{
      repository(owner: "acme", name: "shop") {
        main: ref(qualifiedName: "refs/heads/main") {
          branchProtectionRule { requiresStrictStatusChecks requiredApprovingReviewCount }
        }
      }
      organization(login: "acme") { teams(first: 9, query: "an") { nodes { slug } } }
    }`;
    const seen = await graphql(test.github.tokens.ada ?? '', query);
    const refused = await graphql(await test.installationToken(), query);

    expect(seen.data.repository.main.branchProtectionRule).toEqual({
      requiresStrictStatusChecks: false,
      requiredApprovingReviewCount: 1,
    });
    expect(seen.data.organization.teams.nodes).toEqual([{ slug: 'ant' }]);
    expect(refused.errors[0]).toMatchObject({ type: 'FORBIDDEN', path: ['organization', 'teams'] });
  });

  const commit = `mutation($input: CreateCommitOnBranchInput!) {
    createCommitOnBranch(input: $input) { commit { oid } }
  }`;

  it('commits on a branch that has not moved, and names stale data when it has', async () => {
    const expectedHeadOid = await test.commitOn('work', 'a.txt', 'a');
    const input = {
      branch: { repositoryNameWithOwner: 'acme/shop', branchName: 'work' },
      expectedHeadOid,
      message: { headline: 'Add b' },
      fileChanges: {
        additions: [{ path: 'b.txt', contents: Buffer.from('b').toString('base64') }],
      },
    };
    const token = await test.installationToken();
    const first = await graphql(token, commit, { input });
    const second = await graphql(token, commit, { input });

    expect(first.data.createCommitOnBranch.commit.oid).toMatch(/^[0-9a-f]{40}$/);
    expect(second.errors[0]).toMatchObject({
      type: 'STALE_DATA',
      message: `Expected branch to point to "${expectedHeadOid}" but it did not.  Pull and try again.`,
    });
  });

  it('answers what a token may not read with FORBIDDEN, and what it may not see with NOT_FOUND', async () => {
    const token = await test.installationToken({
      repositories: ['shop'],
      permissions: { checks: 'read' },
    });
    const forbidden = await graphql(
      token,
      '{repository(owner:"acme",name:"shop"){issue(number:1){title}}}',
    );
    const hidden = await graphql(token, '{repository(owner:"acme",name:"vault"){id}}');

    expect(forbidden.errors[0]).toMatchObject({
      type: 'FORBIDDEN',
      path: ['repository', 'issue'],
      message: 'Resource not accessible by integration',
    });
    expect(hidden.errors[0].type).toBe('NOT_FOUND');
  });

  it('reads files, dependencies and the commits of a pull request', async () => {
    const reply = await graphql(
      test.github.tokens.ada ?? '',
      `{repository(owner:"acme",name:"shop"){
      object(expression:"main:README.md"){... on Blob{text isBinary byteSize}}
      issue(number:2){blockedBy(first:5){nodes{number state repository{nameWithOwner}}}}
      pullRequests(headRefName:"fix",first:1){nodes{isInMergeQueue commits(first:5){nodes{commit{committer{user{login}}}}}}}
    }}`,
    );

    expect(reply).toEqual({
      data: {
        repository: {
          object: { text: '# Shop\n', isBinary: false, byteSize: 7 },
          issue: {
            blockedBy: {
              nodes: [{ number: 1, state: 'OPEN', repository: { nameWithOwner: 'acme/shop' } }],
            },
          },
          pullRequests: {
            nodes: [
              {
                isInMergeQueue: false,
                commits: { nodes: [{ commit: { committer: { user: { login: 'grace' } } } }] },
              },
            ],
          },
        },
      },
    });
  });
});

describe('a page', () => {
  it('serves a file of any commit as bytes, and a private repository to no one', async () => {
    const sha = await test.commitOn('pictures', 'one.png', '\u0000PNG');
    const file = await fetch(`${test.github.urls.origin}/acme/shop/blob/${sha}/one.png?raw=true`);
    const hidden = await fetch(`${test.github.urls.origin}/acme/vault`);

    expect([file.status, file.headers.get('content-type')]).toEqual([200, 'image/png']);
    expect(await file.text()).toBe('\u0000PNG');
    expect(hidden.status).toBe(404);
  });
});
