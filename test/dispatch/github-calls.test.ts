import { generateKeyPairSync } from 'node:crypto';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { cancelRun, readWorkflowState } from '#github/cancel-run.ts';
import type { GitHub } from '#github/client.ts';
import { openGitHub } from '#github/client.ts';
import { listLabelled } from '#github/cold-read.ts';
import { putComment } from '#github/comment.ts';
import { listDispatched, requestRun } from '#github/dispatch-workflow.ts';
import { listBlockers } from '#github/list-blockers.ts';
import { readIssue, readView } from '#github/read-issue.ts';
import { readRole } from '#github/read-permission.ts';
import { readPolicy } from '#github/read-policy.ts';
import { readWorkflowRun } from '#github/read-workflow-run.ts';
import { gitBlobSha, sha256 } from '#model/digest.ts';
import { policyText, repository } from './a-ruling.ts';

const privateKeyPem = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs1', format: 'pem' })
  .toString();
const place = { installationId: 3, repository };
const address = { ...place, issue: 4 };
const repos = '/repos/acme/shop';

type Answer = readonly [status: number, body?: unknown, headers?: Record<string, string>];
interface Call {
  readonly line: string;
  readonly body: Record<string, unknown>;
}

let server: Server | undefined;
let github: GitHub | undefined;

/** A GitHub that knows these answers by request line, and writes down what it was asked. */
async function open(answers: Record<string, Answer | ((body: Call['body']) => Answer)>) {
  const calls: Call[] = [];
  const listening = createServer(async (request, response) => {
    const text = await readText(request);
    const body = text ? (JSON.parse(text) as Call['body']) : {};
    const line = `${request.method} ${request.url?.split('?', 1)[0]}`;
    if (line !== mintLine) calls.push({ line, body });
    const known = answers[line] ?? usual(line, body);
    const [status, json, headers] = typeof known === 'function' ? known(body) : known;
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(json === undefined ? '' : JSON.stringify(json));
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const { port } = listening.address() as AddressInfo;
  github = openGitHub({ appId: 7, privateKeyPem, restUrl: `http://127.0.0.1:${port}` });
  return { github, calls };
}

const mintLine = 'POST /app/installations/3/access_tokens';

async function readText(request: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function usual(line: string, body: Call['body']): Answer {
  if (line === mintLine) return [201, minted(body)];
  return line === 'DELETE /installation/token' ? [204] : [404, { message: 'Not Found' }];
}

function minted(body: Call['body']) {
  const [id] = (body.repository_ids as number[] | undefined) ?? [9];
  const [name] = (body.repositories as string[] | undefined) ?? ['shop'];
  const repositories = [{ id, name }];
  return {
    token: 'ghs_x',
    expires_at: new Date(Date.now() + 3_600_000).toISOString(),
    permissions: body.permissions,
    repository_selection: 'selected',
    repositories,
  };
}

afterEach(async () => {
  await github?.close();
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
});

const author = { login: 'octo', databaseId: 2 };
const live = {
  databaseId: 5,
  name: 'shop',
  owner: { login: 'acme', databaseId: 6 },
  defaultBranchRef: { name: 'main', target: { oid: 'a'.repeat(40) } },
  object: { oid: gitBlobSha(Buffer.from(policyText)), text: policyText },
  issue: {
    databaseId: 1004,
    number: 4,
    title: 'Fix',
    body: 'It is wrong.',
    state: 'OPEN',
    lastEditedAt: null,
    updatedAt: '2026-11-22T10:00:00Z',
    author,
    authorAssociation: 'NONE',
    labels: { nodes: [{ name: 'sallyport' }] },
    comments: {
      totalCount: 3,
      nodes: [
        {
          databaseId: 1,
          author: null,
          authorAssociation: 'MEMBER',
          body: 'b',
          createdAt: '2026-11-22T09:00:00Z',
          lastEditedAt: null,
        },
      ],
    },
  },
};
/** The owner's repository, seen and without a policy. */
const bare = {
  databaseId: 9,
  defaultBranchRef: { target: { oid: 'b'.repeat(40) } },
  root: null,
  folder: null,
};
const graphql = (seen: unknown, organization: unknown = bare) => ({
  'POST /graphql': [200, { data: { repository: seen, organization } }] as const,
});
const file = (text: string) => ({ oid: gitBlobSha(Buffer.from(text)), text });

describe('readIssue', () => {
  it('reads branch, policy and issue in one query', async () => {
    const { github, calls } = await open(graphql(live));

    expect(await readIssue(github, address)).toMatchObject({
      repository,
      baseRef: 'refs/heads/main',
      policyText,
      issue: {
        id: 1004,
        author: { id: 2, login: 'octo' },
        labels: ['sallyport'],
        commentCount: 3,
        subIssueCount: 0,
        comments: [{ id: 1, author: null }],
      },
    });
    expect(calls.map((call) => call.line)).toEqual(['POST /graphql']);
    expect(calls[0]?.body.variables).toEqual({
      owner: 'acme',
      name: 'shop',
      number: 4,
      policy: 'HEAD:.github/sallyport.yml',
      ownRepository: '.github',
    });
  });

  it('policy:from-base: takes no text for the policy that is not the file’s very bytes', async () => {
    const { github } = await open(
      graphql({ ...live, object: { ...live.object, text: `${policyText} ` } }),
    );

    expect(await readIssue(github, address)).toMatchObject({ policyText: null });
  });

  it.each<[string, Record<string, Answer>]>([
    [
      'a suspended installation',
      { 'POST /app/installations/3/access_tokens': [403, { message: 'suspended' }] },
    ],
    ['a removed installation', { 'POST /app/installations/3/access_tokens': [404, {}] }],
    [
      'a repository out of the installation',
      { 'POST /app/installations/3/access_tokens': [422, { message: 'no access' }] },
    ],
    [
      'an issue that is gone',
      {
        'POST /graphql': [
          200,
          { data: { repository: null }, errors: [{ type: 'NOT_FOUND', message: 'no' }] },
        ],
      },
    ],
  ])('answers null for %s', async (_name, answers) => {
    const { github } = await open(answers);

    expect(await readIssue(github, address)).toBeNull();
  });

  it.each<[string, Record<string, Answer>]>([
    ['a server that is down', { 'POST /graphql': [502, {}] }],
    ['an answer of another shape', graphql({ ...live, issue: 'x' })],
  ])('fails, to be tried again, on %s', async (_name, answers) => {
    const { github } = await open(answers);

    await expect(readIssue(github, address)).rejects.toMatchObject({ code: 'GITHUB_UNAVAILABLE' });
  });
});

describe('readPolicy', () => {
  it('reads the default head and the digest of the policy’s bytes', async () => {
    const { github } = await open(graphql(live));

    expect(await readPolicy(github, place)).toEqual({
      ref: 'refs/heads/main',
      sha: 'a'.repeat(40),
      text: policyText,
      sha256: sha256(policyText),
      organizationSha256: null,
    });
  });

  it('answers null for another repository of that name', async () => {
    const { github } = await open(graphql({ ...live, databaseId: 50 }));

    expect(await readPolicy(github, place)).toBeNull();
  });
});

describe('readView', () => {
  const bound = 'version: 1\n';
  const found = { kind: 'found', sha: 'b'.repeat(40), text: bound, sha256: sha256(bound) };

  it.each<[string, object, object]>([
    ['at the root', { root: file(bound) }, { ...found, path: 'sallyport.yml' }],
    ['in its folder', { folder: file(bound) }, { ...found, path: '.github/sallyport.yml' }],
    [
      'at the root before the one in the folder',
      { root: file(bound), folder: file('x') },
      { ...found, path: 'sallyport.yml' },
    ],
    ['nowhere', {}, { kind: 'absent' }],
    [
      'as something that is not the file’s very bytes',
      { root: { ...file(bound), text: 'other' } },
      { kind: 'unreadable', path: 'sallyport.yml' },
    ],
    ['as a folder', { root: {} }, { kind: 'unreadable', path: 'sallyport.yml' }],
  ])('finds the owner’s policy %s, in the same query', async (_name, where, organization) => {
    const { github, calls } = await open(graphql(live, { ...bare, ...where }));

    expect(await readView(github, address)).toMatchObject({ policyText, organization });
    expect(calls.map((call) => call.line)).toEqual(['POST /graphql']);
  });

  const hidden = {
    data: { repository: live, organization: null },
    errors: [{ type: 'NOT_FOUND', path: ['organization'], message: 'Could not resolve' }],
  };

  it('asks once more for a private one, with a token for that repository alone', async () => {
    const { github, calls } = await open({
      'POST /graphql': ({ query }) =>
        String(query).includes('issue(')
          ? [200, hidden]
          : [200, { data: { organization: { ...bare, root: file(bound) } } }],
    });

    expect(await readView(github, address)).toMatchObject({
      issue: { number: 4 },
      organization: { ...found, path: 'sallyport.yml' },
    });
    expect(calls.map((call) => call.line)).toEqual(['POST /graphql', 'POST /graphql']);
  });

  it('says that it is hidden when GitHub mints no token for it', async () => {
    const { github } = await open({
      'POST /graphql': [200, hidden],
      [mintLine]: (body) => (body.repositories ? [422, { message: 'no' }] : [201, minted(body)]),
    });

    expect(await readView(github, address)).toMatchObject({ organization: { kind: 'hidden' } });
  });

  it('fails, to be tried again, on any other error beside an answer', async () => {
    const { github } = await open({
      'POST /graphql': [
        200,
        { ...hidden, errors: [{ type: 'INTERNAL', path: ['organization'], message: 'oops' }] },
      ],
    });

    await expect(readView(github, address)).rejects.toMatchObject({ code: 'GITHUB_REFUSED' });
  });
});

describe('readRole', () => {
  const line = `GET ${repos}/collaborators/mona/permission`;

  it.each<[string, Answer, string]>([
    [
      'the role’s name',
      [200, { permission: 'write', role_name: 'maintain', user: { id: 1 } }],
      'maintain',
    ],
    [
      'what a custom role is built on',
      [200, { permission: 'write', role_name: 'releaser', user: { id: 1 } }],
      'write',
    ],
    [
      'none for another account of that login',
      [200, { permission: 'admin', role_name: 'admin', user: { id: 2 } }],
      'none',
    ],
    [
      'T-G7 triage, which the old words call read',
      [200, { permission: 'read', role_name: 'triage', user: { id: 1 } }],
      'triage',
    ],
    [
      'T-G7 no more than the permission, whatever a role is called',
      [200, { permission: 'read', role_name: 'admin', user: { id: 1 } }],
      'read',
    ],
    [
      'T-G7 no more than the role, whatever the permission is',
      [200, { permission: 'admin', role_name: 'triage', user: { id: 1 } }],
      'triage',
    ],
    [
      'none for a role without a permission',
      [200, { permission: 'none', role_name: 'write', user: { id: 1 } }],
      'none',
    ],
    [
      'none for a permission that is none of the four words',
      [200, { permission: 'owner', role_name: 'owner', user: { id: 1 } }],
      'none',
    ],
    ['none for an answer without an account', [200, { permission: 'admin', user: null }], 'none'],
    ['none for nobody', [404, {}], 'none'],
    ['none where GitHub says none', [200, { permission: 'none', user: { id: 1 } }], 'none'],
  ])('answers %s', async (_name, answer, role) => {
    const { github } = await open({ [line]: answer });

    expect(await readRole(github, place, { id: 1, login: 'mona' })).toBe(role);
  });
});

describe('listBlockers', () => {
  const line = `GET ${repos}/issues/4/dependencies/blocked_by`;

  it('lists them with their repositories', async () => {
    const { github } = await open({
      [line]: [
        200,
        [
          { number: 1, state: 'open', repository_url: 'https://api.github.com/repos/acme/shop' },
          { number: 2, state: 'closed', repository: { full_name: 'acme/api' } },
        ],
      ],
    });

    expect(await listBlockers(github, address, 0)).toEqual([
      { repository: 'acme/shop', number: 1, open: true },
      { repository: 'acme/api', number: 2, open: false },
    ]);
  });

  it('lists what is below the issue too, and what is both only once', async () => {
    const url = 'https://api.github.com/repos/acme/shop';
    const { github } = await open({
      [line]: [200, [{ number: 1, state: 'open', repository_url: url }]],
      [`GET ${repos}/issues/4/sub_issues`]: [
        200,
        [
          { number: 1, state: 'open', repository_url: url },
          { number: 5, state: 'closed', repository_url: url },
        ],
      ],
    });

    const listed = await listBlockers(github, address, 2);
    expect(listed.map(({ number, open: isOpen }) => [number, isOpen])).toEqual([
      [1, true],
      [5, false],
    ]);
  });

  it('takes a server without dependencies for one without blockers', async () => {
    const { github } = await open({});

    expect(await listBlockers(github, address, 1)).toEqual([]);
  });
});

describe('putComment', () => {
  const list = `GET ${repos}/issues/4/comments`;
  const remark = { ...address, stage: 'policy', marker: 'receipt', body: 'Not started.' } as const;
  const body = 'Not started.\n\n<!-- sallyport:receipt -->';

  it.each<[string, readonly unknown[], string]>([
    ['writes the first', [], `POST ${repos}/issues/4/comments`],
    [
      'edits its own',
      [{ id: 8, body: 'Waiting.\n\n<!-- sallyport:receipt -->', user: { id: 99 } }],
      `PATCH ${repos}/issues/comments/8`,
    ],
    [
      'leaves another’s copy of the marker alone',
      [{ id: 8, body, user: { id: 1 } }],
      `POST ${repos}/issues/4/comments`,
    ],
  ])('%s', async (_name, listed, line) => {
    const { github, calls } = await open({ [list]: [200, listed], [line]: [200, { id: 9 }] });

    expect(await putComment(github, 99, remark)).toBe(9);
    expect(calls.at(-1)).toEqual({ line, body: { body } });
  });

  it('says the same thing once', async () => {
    const { github, calls } = await open({ [list]: [200, [{ id: 8, body, user: { id: 99 } }]] });

    expect(await putComment(github, 99, remark)).toBe(8);
    expect(calls).toHaveLength(1);
  });

  it('is one comment when two say it at once, and the later words stand', async () => {
    const listed: object[] = [];
    const post = (sent: Call['body']): Answer => {
      const written = { id: 10 + listed.length, body: sent.body, user: { id: 99 } };
      listed.push(written);
      return [201, written];
    };
    const { github, calls } = await open({
      [list]: () => [200, listed],
      [`POST ${repos}/issues/4/comments`]: post,
      [`PATCH ${repos}/issues/comments/10`]: [200, { id: 10 }],
    });
    const words = ['Waiting.', 'Started.', 'In review.'];

    const ids = await Promise.all(words.map((body) => putComment(github, 99, { ...remark, body })));

    expect(ids).toEqual([10, 10, 10]);
    expect(calls.at(-1)?.body).toEqual({ body: 'In review.\n\n<!-- sallyport:receipt -->' });
  });

  it('is not held up by one that failed before it', async () => {
    let refusals = 1;
    const { github } = await open({
      [list]: () => (refusals-- > 0 ? [502, { message: 'Bad gateway' }] : [200, []]),
      [`POST ${repos}/issues/4/comments`]: [201, { id: 9 }],
    });

    const [first, next] = await Promise.allSettled([
      putComment(github, 99, remark),
      putComment(github, 99, remark),
    ]);

    expect(first.status).toBe('rejected');
    expect(next).toEqual({ status: 'fulfilled', value: 9 });
  });
});

describe('requestRun', () => {
  const line = `POST ${repos}/actions/workflows/sallyport.yml/dispatches`;
  const ask = (github: GitHub) => requestRun(github, place, 'refs/heads/main', 'grant-4');

  it('sends the grant as the only input and takes the run that GitHub names', async () => {
    const { github, calls } = await open({ [line]: [200, { workflow_run_id: 70 }] });

    expect(await ask(github)).toEqual({ kind: 'started', workflowRunId: 70 });
    expect(calls[0]?.body).toEqual({
      ref: 'main',
      inputs: { grant: 'grant-4' },
      return_run_details: true,
    });
  });

  it('takes an answer without a run, and asks an older server without the question', async () => {
    const silent = await open({ [line]: [204] });
    expect(await ask(silent.github)).toEqual({ kind: 'unnamed' });
    await github?.close();
    server?.closeAllConnections();
    server?.close();

    const older = await open({
      [line]: (body) =>
        'return_run_details' in body
          ? [422, { message: '"return_run_details" is not a permitted key' }]
          : [204],
    });
    expect(await ask(older.github)).toEqual({ kind: 'unnamed' });
    expect(older.calls).toHaveLength(2);
  });

  it.each<[number, string]>([
    [404, 'expected .github/workflows/sallyport.yml on the default branch, got none'],
    [422, 'must be on the default branch and have workflow_dispatch'],
    [403, 'has agreed to Actions: write'],
  ])('says what to add when GitHub answers %d', async (status, words) => {
    const { github, calls } = await open({ [line]: [status, { message: 'no' }] });

    expect(await ask(github)).toEqual({
      kind: 'refused',
      sentence: expect.stringContaining(words),
    });
    expect(calls).toHaveLength(1);
  });

  it('leaves an unknown outcome unknown: one request, and a failure to be looked into', async () => {
    const { github, calls } = await open({ [line]: [502, {}] });

    await expect(ask(github)).rejects.toMatchObject({ code: 'GITHUB_UNAVAILABLE' });
    expect(calls).toHaveLength(1);
  });
});

describe('workflow runs', () => {
  const run = {
    id: 70,
    repository: { id: 5 },
    status: 'in_progress',
    run_attempt: 1,
    head_sha: 'a'.repeat(40),
    event: 'workflow_dispatch',
    path: '.github/workflows/sallyport.yml',
    created_at: '2026-11-22T12:00:00Z',
    display_title: 'sallyport 1',
    actor: { id: 99 },
    triggering_actor: { id: 1 },
  };

  it('are listed as they can be told apart', async () => {
    const { github } = await open({
      [`GET ${repos}/actions/workflows/sallyport.yml/runs`]: [200, { workflow_runs: [run] }],
    });

    expect(await listDispatched(github, place, '2026-11-22T12:00:00.000Z')).toEqual([
      {
        id: 70,
        event: 'workflow_dispatch',
        headSha: run.head_sha,
        path: run.path,
        actorId: 99,
        attempt: 1,
        createdAt: run.created_at,
        title: 'sallyport 1',
      },
    ]);
  });

  it('are read with the jobs of the attempt, each by its check run', async () => {
    const job = {
      name: 'agent / agent',
      status: 'in_progress',
      run_id: 70,
      check_run_url: 'https://api.github.com/repos/acme/shop/check-runs/701',
    };
    const { github } = await open({
      [`GET ${repos}/actions/runs/70`]: [200, run],
      [`GET ${repos}/actions/runs/70/attempts/1/jobs`]: [200, { jobs: [job] }],
    });

    expect(await readWorkflowRun(github, place, 70, 1)).toMatchObject({
      id: 70,
      repositoryId: 5,
      triggeringActorId: 1,
      jobs: [{ name: 'agent / agent', status: 'in_progress', checkRunId: 701 }],
    });
    expect(await readWorkflowRun(github, place, 71, 1)).toBeNull();
  });

  it('stop:closed: are cancelled, and one that ended already is no error', async () => {
    const { github, calls } = await open({
      [`POST ${repos}/actions/runs/70/cancel`]: [202, {}],
      [`POST ${repos}/actions/runs/71/cancel`]: [409, {}],
      [`POST ${repos}/actions/runs/72/cancel`]: [500, {}],
    });

    await cancelRun(github, place, 70);
    await cancelRun(github, place, 71);
    await expect(cancelRun(github, place, 72)).rejects.toMatchObject({
      code: 'GITHUB_UNAVAILABLE',
    });
    expect(calls).toHaveLength(3);
  });
});

describe('an answer that says “too often”', () => {
  const issues = `GET ${repos}/issues`;
  const workflow = `GET ${repos}/actions/runs/70`;
  const secondary = { message: 'You have exceeded a secondary rate limit.' };

  it.each<[string, Answer]>([
    ['by a header', [403, { message: 'Forbidden' }, { 'x-ratelimit-remaining': '0' }]],
    ['with a time to come back', [403, { message: 'Forbidden' }, { 'retry-after': '60' }]],
    ['in words', [403, secondary]],
    ['with its own status', [429, secondary]],
  ])(
    'stop:closed: %s, is no issue without a label and no workflow run that is gone',
    async (_how, answer) => {
      const { github } = await open({ [issues]: answer, [workflow]: answer });
      const unavailable = { code: 'GITHUB_UNAVAILABLE' };

      await expect(listLabelled(github, place, 'sallyport')).rejects.toMatchObject(unavailable);
      await expect(readWorkflowState(github, place, 70)).rejects.toMatchObject(unavailable);
    },
  );

  it('is told apart from one that says “you may not”', async () => {
    const answer: Answer = [403, { message: 'Resource not accessible by integration' }];
    const { github } = await open({ [issues]: answer, [workflow]: answer });

    expect(await listLabelled(github, place, 'sallyport')).toEqual([]);
    expect(await readWorkflowState(github, place, 70)).toBeNull();
  });

  it('is tried again when GraphQL says it beside an answer', async () => {
    const errors = [{ type: 'RATE_LIMITED', message: 'API rate limit exceeded' }];
    const { github } = await open({ 'POST /graphql': [200, { data: null, errors }] });

    const asked = readView(github, address);
    await expect(asked).rejects.toMatchObject({ code: 'GITHUB_UNAVAILABLE' });
  });
});

describe('the one writer', () => {
  const target = { stage: 'evidence', installationId: 3, repositoryId: repository.id } as const;
  const path = { owner: 'acme', repo: 'shop' };

  it('grant:never-widens: mints for this repository the least that the route needs', async () => {
    const mints: unknown[] = [];
    const { github } = await open({
      [mintLine]: (body) => {
        mints.push(body);
        return [201, minted(body)];
      },
      [`POST ${repos}/pulls`]: [201, { number: 1 }],
      [`POST ${repos}/check-runs`]: [201, { id: 2 }],
      [`POST ${repos}/issues`]: [201, { number: 3 }],
      [`POST ${repos}/issues/3/comments`]: [201, { id: 4 }],
    });

    await github.write(target, 'POST /repos/{owner}/{repo}/pulls', path);
    await github.write(target, 'POST /repos/{owner}/{repo}/check-runs', path);
    await github.write(target, 'POST /repos/{owner}/{repo}/issues', path);
    const comments = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
    await github.write(target, comments, { ...path, issue_number: 3 });

    const repository_ids = [repository.id];
    expect(mints).toEqual([
      { repository_ids, permissions: { metadata: 'read', pull_requests: 'write' } },
      { repository_ids, permissions: { checks: 'write', metadata: 'read' } },
      { repository_ids, permissions: { issues: 'write', metadata: 'read' } },
    ]);
  });

  it('asks GitHub for nothing, not even a token, on a route that is not in its table', async () => {
    const asked: unknown[] = [];
    const { github, calls } = await open({
      [mintLine]: (body) => {
        asked.push(body);
        return [201, minted(body)];
      },
    });
    const merge = 'PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge' as never;

    await expect(github.write(target, merge, path)).rejects.toThrow('the table of writes');
    await expect(github.request({ ...target, purpose: 'read' }, merge)).rejects.toThrow('a GET');
    const mutation = 'mutation { addStar(input: {}) { clientMutationId } }';
    await expect(github.graphql({ ...target, purpose: 'read' }, mutation, {})).rejects.toThrow(
      'a GraphQL query',
    );
    await expect(github.requestAsApp('ingress', 'PATCH /app/hook/config')).rejects.toThrow('own');
    expect([...asked, ...calls]).toEqual([]);
  });
});
