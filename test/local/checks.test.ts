import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isMeantFor } from '#local/webhook/meant-for.ts';
import { openReceiver, openTestGitHub, seed, type TestGitHub } from './api-world.ts';

const CI = `
name: CI
on: push
jobs:
  lint:
    runs-on: ubuntu-latest
    steps: [{ run: 'echo "::warning file=src/a.ts,line=3,title=Style::too long"' }]
`;
const PERMISSIONS = {
  checks: 'write',
  statuses: 'write',
  contents: 'write',
  actions: 'read',
} as const;
const EVENTS = ['check_run', 'check_suite', 'status', 'workflow_run', 'workflow_job'];

describe('check runs, suites and statuses', () => {
  let test: TestGitHub;
  let receiver: Awaited<ReturnType<typeof openReceiver>>;
  let app: string;
  let sha: string;
  const R = '/repos/acme/shop';

  beforeAll(async () => {
    const files = { '.github/workflows/ci.yml': { content: CI } };
    test = await openTestGitHub({
      ...seed,
      repositories: [
        {
          owner: 'acme',
          name: 'shop',
          source: { kind: 'files', files },
          collaborators: { grace: 'write' },
        },
      ],
      app: { slug: 'sally', permissions: PERMISSIONS, events: EVENTS, installOn: 'acme' },
    });
    receiver = await openReceiver();
    test.github.setWebhook(receiver.url);
    app = await test.installationToken();
    const head = (await test.call(app, 'GET', `${R}/git/ref/heads/main`)).body.object.sha;
    const body = {
      message: 'Change',
      content: Buffer.from('x').toString('base64'),
      branch: 'work',
    };
    await test.call(app, 'POST', `${R}/git/refs`, { ref: 'refs/heads/work', sha: head });
    sha = (await test.call(app, 'PUT', `${R}/contents/src/a.ts`, body)).body.commit.sha;
    await test.github.idle();
  });
  afterAll(async () => {
    await receiver.close();
    await test.close();
  });

  const told = (from = 0) =>
    receiver.received.slice(from).map(({ headers, text }) => {
      const { action, state, check_suite } = JSON.parse(text);
      const whose = check_suite ? ` ${check_suite.app.slug}` : '';
      return `${headers['x-github-event']}.${action ?? state}${whose}`;
    });
  const note = (line: number) => ({
    path: 'src/a.ts',
    start_line: line,
    end_line: line,
    annotation_level: 'warning',
    message: `line ${line}`,
  });

  it('opens a suite for the App with every push, and one for each workflow run', async () => {
    const { body } = await test.call(app, 'GET', `${R}/commits/${sha}/check-suites`);

    expect(told()).toEqual(expect.arrayContaining(['check_suite.requested sally']));
    expect(told().filter((each) => each === 'check_suite.completed github-actions')).not.toEqual(
      [],
    );
    expect(
      body.check_suites
        .map((each: Record<string, unknown>) => [
          (each.app as { slug: string }).slug,
          each.status,
          each.conclusion,
          each.latest_check_runs_count,
          each.head_branch,
        ])
        .sort(),
    ).toEqual([
      ['github-actions', 'completed', 'success', 1, 'work'],
      ['sally', 'queued', null, 0, 'work'],
    ]);
    const { check_suite_id } = (await test.call(app, 'GET', `${R}/actions/runs?head_sha=${sha}`))
      .body.workflow_runs[0];
    expect(body.check_suites.map((each: { id: number }) => each.id)).toContain(check_suite_id);
  });

  it('keeps a job’s annotations with its check run', async () => {
    const { check_runs } = (await test.call(app, 'GET', `${R}/commits/${sha}/check-runs`)).body;
    const lint = check_runs.find((each: { name: string }) => each.name === 'lint');
    const { body } = await test.call(app, 'GET', `${R}/check-runs/${lint.id}/annotations`);

    expect(lint.output.annotations_count).toBe(1);
    expect(body).toMatchObject([
      {
        path: 'src/a.ts',
        start_line: 3,
        annotation_level: 'warning',
        title: 'Style',
        message: 'too long',
      },
    ]);
  });

  it('creates, annotates and completes a check run, and closes its suite with it', async () => {
    const from = receiver.received.length;
    const fifty = Array.from({ length: 50 }, (_, index) => note(index + 1));
    const output = { title: 'Review', summary: 'Two remarks', annotations: fifty };
    const created = await test.call(app, 'POST', `${R}/check-runs`, {
      name: 'review',
      head_sha: sha,
      status: 'in_progress',
      output,
    });
    const run = `${R}/check-runs/${created.body.id}`;
    const finish = { title: 'Review', summary: 'Done', annotations: [note(51)] };
    const done = await test.call(app, 'PATCH', run, { conclusion: 'neutral', output: finish });
    await test.github.idle();
    const page = await test.call(app, 'GET', `${run}/annotations?per_page=40&page=2`);

    expect(created.body).toMatchObject({ status: 'in_progress', conclusion: null });
    expect(done.body).toMatchObject({
      status: 'completed',
      conclusion: 'neutral',
      output: { summary: 'Done', annotations_count: 51 },
    });
    expect(page.body).toHaveLength(11);
    expect(page.body.at(-1).blob_href).toContain(`/acme/shop/blob/${sha}/src/a.ts`);
    expect(told(from)).toEqual([
      'check_run.created',
      'check_run.completed',
      'check_suite.completed sally',
    ]);
  });

  it('asks the App for a run again: the suite opens, the run stays as it is', async () => {
    const { check_runs } = (
      await test.call(app, 'GET', `${R}/commits/${sha}/check-runs?check_name=review`)
    ).body;
    const from = receiver.received.length;
    const run = `${R}/check-runs/${check_runs[0].id}`;
    const answer = await test.call(app, 'POST', `${run}/rerequest`);
    const suite = `${R}/check-suites/${check_runs[0].check_suite.id}`;
    const whole = await test.call(app, 'POST', `${suite}/rerequest`);
    await test.github.idle();
    const { check_suites } = (await test.call(app, 'GET', `${R}/commits/${sha}/check-suites`)).body;

    expect([answer.status, whole.status]).toEqual([201, 201]);
    expect((await test.call(app, 'GET', run)).body.status).toBe('completed');
    expect(
      check_suites.find((each: { app: { slug: string } }) => each.app.slug === 'sally'),
    ).toMatchObject({ status: 'queued', conclusion: null });
    expect(told(from)).toEqual(['check_run.rerequested', 'check_suite.rerequested sally']);
  });

  it.each([
    ['without a name', { name: undefined }],
    ['of no commit', { head_sha: 'f'.repeat(40) }],
    ['completed without a conclusion', { status: 'completed' }],
    ['with a conclusion that is GitHub’s own', { conclusion: 'stale' }],
    ['with an unknown status', { status: 'later' }],
    ['with a date that is none', { started_at: 'yesterday' }],
    ['with output but no summary', { output: { title: 't' } }],
    [
      'with more than fifty annotations',
      { output: { summary: 's', annotations: Array(51).fill(note(1)) } },
    ],
    ['with an annotation that is none', { output: { summary: 's', annotations: [1] } }],
    [
      'with an annotation that ends first',
      { output: { summary: 's', annotations: [{ ...note(2), end_line: 1 }] } },
    ],
  ])('refuses a check run %s', async (_what, change) => {
    const body = { name: 'bad', head_sha: sha, ...change };

    expect((await test.call(app, 'POST', `${R}/check-runs`, body)).status).toBe(422);
  });

  it('lets nobody but its App write a check run', async () => {
    const { check_runs } = (await test.call(app, 'GET', `${R}/commits/${sha}/check-runs`)).body;
    const lint = check_runs.find((each: { name: string }) => each.name === 'lint');
    const other = await test.call(app, 'PATCH', `${R}/check-runs/${lint.id}`, {
      conclusion: 'failure',
    });
    const person = await test.call(test.github.tokens.grace ?? '', 'POST', `${R}/check-runs`, {
      name: 'mine',
      head_sha: sha,
    });

    expect(other).toMatchObject({ status: 403 });
    expect(other.body.message).toContain('Invalid app_id');
    expect(person).toMatchObject({
      status: 403,
      body: { message: 'You must authenticate via a GitHub App.' },
    });
  });

  it('combines the newest status of each context, and tells of each', async () => {
    const from = receiver.received.length;
    const post = (state: string, context?: string) =>
      test.call(app, 'POST', `${R}/statuses/${sha}`, { state, context, description: 'd' });
    const combined = async () => (await test.call(app, 'GET', `${R}/commits/work/status`)).body;
    const empty = await combined();
    const first = await post('pending', 'a');
    await post('success');
    const waits = await combined();
    await post('success', 'a');
    const good = await combined();
    await post('error', 'a');
    const bad = await combined();
    await test.github.idle();
    const refused = [await post('maybe'), await test.call(app, 'POST', `${R}/statuses/${sha}`, {})];

    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({
      state: 'pending',
      context: 'a',
      creator: { login: 'sally[bot]' },
    });
    expect([empty, waits, good, bad].map((each) => `${each.state} ${each.total_count}`)).toEqual([
      'pending 0',
      'pending 2',
      'success 2',
      'failure 2',
    ]);
    expect(refused.map((each) => each.status)).toEqual([422, 422]);
    expect(told(from)).toEqual([
      'status.pending',
      'status.success',
      'status.success',
      'status.error',
    ]);
    const payload = JSON.parse(receiver.received[from]?.text ?? '{}');
    expect(payload).toMatchObject({ sha, branches: [{ name: 'work', commit: { sha } }] });
  });
});

describe('isMeantFor', () => {
  const app = { id: 7 };
  const payload = (action: string, id: number) => ({ action, check_run: { app: { id } } });

  it('keeps requests for a check from every App but its own', () => {
    expect(isMeantFor(app, 'check_run', payload('rerequested', 7))).toBe(true);
    expect(isMeantFor(app, 'check_run', payload('rerequested', 8))).toBe(false);
    expect(isMeantFor(app, 'check_run', payload('completed', 8))).toBe(true);
    expect(isMeantFor(app, 'issues', { action: 'requested' })).toBe(true);
  });
});
