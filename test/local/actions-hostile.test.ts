import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openTestGitHub, seed, type TestGitHub } from './api-world.ts';

const IDLE = `
name: Idle
on: { workflow_dispatch: { inputs: { n: { type: number, default: 1 } } } }
jobs:
  idle: { runs-on: ubuntu-latest, steps: [{ run: 'true' }] }
`;

const HELD = `
on: workflow_dispatch
jobs:
  held: { runs-on: ubuntu-latest, steps: [{ run: sleep 98768 }] }
`;

describe('GitHub Actions asked badly', () => {
  let test: TestGitHub;
  let ada: string;
  const R = '/repos/acme/shop';
  const DISPATCH = `${R}/actions/workflows/idle.yml/dispatches`;

  beforeAll(async () => {
    const files = {
      '.github/workflows/idle.yml': { content: IDLE },
      '.github/workflows/held.yml': { content: HELD },
    };
    test = await openTestGitHub({
      ...seed,
      repositories: [{ owner: 'acme', name: 'shop', source: { kind: 'files', files } }],
    });
    ada = test.github.tokens.ada ?? '';
  });
  afterAll(() => test.close());

  it.each([
    ['GET', `${R}/actions/runs/0`],
    ['GET', `${R}/actions/runs/NaN`],
    ['GET', `${R}/actions/runs/1e3/jobs`],
    ['GET', `${R}/actions/runs/99999999999999999999`],
    ['GET', `${R}/actions/jobs/x`],
    ['GET', `${R}/actions/jobs/-1/logs`],
    ['GET', `${R}/actions/artifacts/0x10`],
    ['GET', `${R}/actions/workflows/none.yml`],
    ['GET', `${R}/actions/workflows/none.yml/runs`],
    ['GET', `${R}/actions/workflows/..%2F..%2Fidle.yml`],
    ['GET', `${R}/check-runs/1`],
    ['POST', `${R}/actions/runs/1/rerun`],
    ['POST', `${R}/check-suites/1/rerequest`],
  ])('%s %s is not found', async (method, path) => {
    const answer = await test.call(ada, method, path, method === 'GET' ? undefined : {});

    expect(answer).toMatchObject({ status: 404, body: { message: 'Not Found' } });
  });

  it.each([
    ['no ref', {}],
    ['a ref that is no text', { ref: 5 }],
    ['a ref that git could read as an option', { ref: '--upload-pack=x' }],
    ['a commit instead of a branch', { ref: 'f'.repeat(40) }],
    ['inputs that are a list', { ref: 'main', inputs: ['n'] }],
    ['an input that is an object', { ref: 'main', inputs: { n: { deep: true } } }],
    ['an input that is not declared', { ref: 'main', inputs: { __proto__x: '1' } }],
    ['an input of another type', { ref: 'main', inputs: { n: 'many' } }],
  ])('a dispatch with %s is refused, and starts nothing', async (_what, body) => {
    const answer = await test.call(ada, 'POST', DISPATCH, body);
    const { total_count } = (await test.call(ada, 'GET', `${R}/actions/runs`)).body;

    expect(answer.status).toBe(422);
    expect(total_count).toBe(0);
  });

  it('takes a good dispatch after all of that, and two cancels at once', async () => {
    const sent = { ref: 'main', inputs: { n: 2 }, return_run_details: true };
    const started = await test.call(ada, 'POST', DISPATCH, sent);
    const run = `${R}/actions/runs/${started.body.workflow_run_id}`;
    await test.github.idle();
    const late = await Promise.all(
      ['cancel', 'force-cancel'].map((word) => test.call(ada, 'POST', `${run}/${word}`)),
    );
    const twice = await Promise.all([1, 2].map(() => test.call(ada, 'POST', `${run}/rerun`)));
    await test.github.idle();

    expect(started.status).toBe(200);
    expect(late.map((each) => each.status)).toEqual([409, 409]);
    expect(twice.map((each) => each.status).sort()).toEqual([201, 403]);
    expect((await test.call(ada, 'GET', run)).body).toMatchObject({
      run_attempt: 2,
      conclusion: 'success',
    });
  });

  it('ends by force a run that would go on, and only once', async () => {
    const sent = { ref: 'main', return_run_details: true };
    const path = `${R}/actions/workflows/held.yml/dispatches`;
    const started = await test.call(ada, 'POST', path, sent);
    const run = `${R}/actions/runs/${started.body.workflow_run_id}`;
    const ended = await test.call(ada, 'POST', `${run}/force-cancel`);
    await test.github.idle();
    const again = await test.call(ada, 'POST', `${run}/force-cancel`);
    const { body } = await test.call(ada, 'GET', run);

    expect([ended.status, again.status]).toEqual([202, 409]);
    expect(body).toMatchObject({ status: 'completed', conclusion: 'cancelled' });
  });

  it('filters runs by what they are, and by the day they were created', async () => {
    const count = async (query: string) =>
      (await test.call(ada, 'GET', `${R}/actions/runs?${query}`)).body.total_count;

    expect(await count('status=success&event=workflow_dispatch&branch=main&actor=ada')).toBe(1);
    expect(await count('status=failure')).toBe(0);
    expect(await count('branch=other')).toBe(0);
    expect(await count('created=%3E%3D2020-01-01')).toBe(2);
    expect(await count('created=2020-01-01..2020-12-31')).toBe(0);
  });
});
