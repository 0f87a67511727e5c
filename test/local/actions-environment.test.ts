import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openTestGitHub, seed, type TestGitHub } from './api-world.ts';

const JOB = 'runs-on: ubuntu-latest';
const DEPLOY = `
name: Deploy
on: workflow_dispatch
jobs:
  build:
    ${JOB}
    steps:
      - run: test "\${{ secrets.KEY }}/\${{ vars.WHERE }}/\${{ secrets.ONLY }}\${{ vars.ALSO }}" = repository/anywhere/
  deploy:
    ${JOB}
    needs: build
    environment: { name: production, url: 'https://example.com' }
    steps:
      - run: test "\${{ secrets.KEY }}/\${{ vars.WHERE }}/\${{ secrets.ONLY }}\${{ vars.ALSO }}" = environment/production/onlyalso
  done: { ${JOB}, needs: deploy, steps: [{ run: 'true' }] }
`;
const OTHERS = `
name: Others
on: workflow_dispatch
jobs:
  fresh: { ${JOB}, environment: never-seen, steps: [{ run: 'true' }] }
  slow: { ${JOB}, environment: slow, steps: [{ run: 'true' }] }
  limited: { ${JOB}, environment: limited, steps: [{ run: 'true' }] }
  guarded: { ${JOB}, environment: guarded, steps: [{ run: 'true' }] }
`;

const CALLED = `
on:
  workflow_call:
    inputs: { want: { type: string, required: true } }
    secrets: { KEY: { required: false }, GIVEN: { required: false } }
jobs:
  inside:
    ${JOB}
    environment: open
    steps:
      - run: test "\${{ secrets.KEY }}/\${{ secrets.ONLY }}/\${{ secrets.GIVEN }}/\${{ vars.WHERE }}" = "\${{ inputs.want }}"
`;
const CALLERS = `
name: Callers
on: workflow_dispatch
jobs:
  bare: { uses: ./.github/workflows/called.yml, with: { want: ///here } }
  named:
    uses: ./.github/workflows/called.yml
    with: { want: environment//nothing/here }
    secrets: { KEY: '\${{ secrets.KEY }}', GIVEN: nothing }
  whole: { uses: ./.github/workflows/called.yml, with: { want: environment/only//here }, secrets: inherit }
`;

describe('environments', () => {
  let test: TestGitHub;
  const R = '/repos/acme/shop';
  const as = (login: string) => test.github.tokens[login] ?? '';

  beforeAll(async () => {
    const files = {
      '.github/workflows/deploy.yml': { content: DEPLOY },
      '.github/workflows/others.yml': { content: OTHERS },
      '.github/workflows/called.yml': { content: CALLED },
      '.github/workflows/callers.yml': { content: CALLERS },
    };
    test = await openTestGitHub({
      ...seed,
      repositories: [
        {
          owner: 'acme',
          name: 'shop',
          source: { kind: 'files', files },
          collaborators: { grace: 'write', eve: 'write' },
          secrets: { KEY: 'repository' },
          variables: { WHERE: 'anywhere' },
          environments: [
            {
              name: 'Production',
              reviewers: ['grace', 'ada'],
              preventSelfReview: true,
              secrets: { KEY: 'environment', ONLY: 'only' },
              variables: { WHERE: 'production', ALSO: 'also' },
            },
            {
              name: 'open',
              secrets: { KEY: 'environment', ONLY: 'only' },
              variables: { WHERE: 'here' },
            },
            { name: 'slow', waitMinutes: 0.002 },
            { name: 'limited', branches: ['release/*'] },
            { name: 'guarded', branches: 'protected' },
          ],
          protections: [{ branch: 'main', checks: [], approvals: 1 }],
        },
      ],
    });
    const sha = (await test.call(as('ada'), 'GET', `${R}/git/ref/heads/main`)).body.object.sha;
    await test.call(as('ada'), 'POST', `${R}/git/refs`, { ref: 'refs/heads/release/1', sha });
  });
  afterAll(() => test.close());

  const start = async (file: string, ref = 'main') => {
    const path = `${R}/actions/workflows/${file}/dispatches`;
    const sent = { ref, return_run_details: true };
    return `${R}/actions/runs/${(await test.call(as('ada'), 'POST', path, sent)).body.workflow_run_id}`;
  };
  const read = async (path: string) => (await test.call(as('ada'), 'GET', path)).body;
  const conclusions = async (run: string) =>
    Object.fromEntries(
      (await read(`${run}/jobs`)).jobs.map((job: { name: string; conclusion: string }) => [
        job.name,
        job.conclusion,
      ]),
    );
  const pending = async (run: string) => {
    const list = await read(`${run}/pending_deployments`);
    if (list.length > 0) return list;
    await new Promise((resolve) => setTimeout(resolve, 20));
    return pending(run);
  };
  const decide = (login: string, run: string, body: object) =>
    test.call(as(login), 'POST', `${run}/pending_deployments`, body);

  it('holds a job until one of its reviewers approves, and gives it the environment’s own values', async () => {
    const run = await start('deploy.yml');
    const [waiting] = await pending(run);
    const id = waiting.environment.id;
    const held = await read(run);
    const job = (await read(`${run}/jobs`)).jobs.find(
      (each: { name: string }) => each.name === 'deploy',
    );
    const approve = { environment_ids: [id], state: 'approved', comment: 'ship it' };
    const refused = [
      await decide('eve', run, approve),
      // She started it.
      await decide('ada', run, approve),
      await decide('grace', run, { ...approve, environment_ids: [1] }),
      await decide('grace', run, { ...approve, state: 'maybe' }),
      await decide('grace', run, { environment_ids: [id], state: 'approved' }),
    ];
    const taken = await decide('grace', run, approve);
    await test.github.idle();

    expect(waiting).toMatchObject({
      environment: { name: 'Production' },
      current_user_can_approve: false,
      reviewers: [{ reviewer: { login: 'grace' } }, { reviewer: { login: 'ada' } }],
    });
    expect(held).toMatchObject({ status: 'waiting', conclusion: null });
    expect(job).toMatchObject({ status: 'waiting', runner_id: null });
    expect(refused.map((each) => each.status)).toEqual([403, 403, 422, 422, 422]);
    expect(taken.status).toBe(200);
    expect(taken.body).toMatchObject([{ environment: 'Production', creator: { login: 'grace' } }]);
    expect(await conclusions(run)).toEqual({
      build: 'success',
      deploy: 'success',
      done: 'success',
    });
    expect(await read(`${run}/pending_deployments`)).toEqual([]);
  });

  it('fails a job that was rejected and says so in its log', async () => {
    const run = await start('deploy.yml');
    const [waiting] = await pending(run);
    await decide('grace', run, {
      environment_ids: [waiting.environment.id],
      state: 'rejected',
      comment: 'not today',
    });
    await test.github.idle();
    const { jobs } = await read(`${run}/jobs`);
    const deploy = jobs.find((job: { name: string }) => job.name === 'deploy');

    expect(await conclusions(run)).toEqual({
      build: 'success',
      deploy: 'failure',
      done: 'skipped',
    });
    expect(await read(`${R}/actions/jobs/${deploy.id}/logs`)).toContain(
      "The deployment was rejected or didn't satisfy other protection rules.",
    );
  });

  it('gives a called workflow only the secrets that were passed by name, with the environment’s values', async () => {
    const run = await start('callers.yml');
    await test.github.idle();

    expect(await conclusions(run)).toEqual({
      'bare / inside': 'success',
      'named / inside': 'success',
      'whole / inside': 'success',
    });
  });

  it('ends a waiting job with its run', async () => {
    const run = await start('deploy.yml');
    await pending(run);
    await test.call(as('ada'), 'POST', `${run}/cancel`);
    await test.github.idle();

    expect(await conclusions(run)).toEqual({
      build: 'success',
      deploy: 'cancelled',
      done: 'skipped',
    });
    expect((await read(run)).conclusion).toBe('cancelled');
  });

  it('waits for the timer, refuses a branch that may not deploy, and makes an environment that is new', async () => {
    const main = await start('others.yml');
    await test.github.idle();
    const release = await start('others.yml', 'release/1');
    await test.github.idle();
    const { jobs } = await read(`${main}/jobs`);
    const limited = jobs.find((job: { name: string }) => job.name === 'limited');

    expect(await conclusions(main)).toEqual({
      fresh: 'success',
      slow: 'success',
      limited: 'failure',
      guarded: 'success',
    });
    expect(await conclusions(release)).toEqual({
      fresh: 'success',
      slow: 'success',
      limited: 'success',
      guarded: 'failure',
    });
    expect(await read(`${R}/actions/jobs/${limited.id}/logs`)).toContain(
      'Branch "main" is not allowed to deploy to limited due to environment protection rules.',
    );
    expect(
      test.github.world.repositoryByName('acme', 'shop')?.environments.get('never-seen'),
    ).toMatchObject({ reviewers: [], branches: null });
  });
});
