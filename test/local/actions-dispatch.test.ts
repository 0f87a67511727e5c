import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { unzipSync } from 'fflate';
import sodium from 'libsodium-wrappers';
import type { Seed } from '#local/seed/seed.ts';
import { openTestGitHub, seed, type TestGitHub } from './api-world.ts';

const JOB = 'runs-on: ubuntu-latest';

const DEPLOY = `
name: Deploy
on: { repository_dispatch: { types: [deploy] } }
jobs:
  told:
    ${JOB}
    steps:
      - run: test "\${{ github.event.client_payload.where }}/\${{ github.event.action }}" = moon/deploy
      - run: test "\${{ github.event.repository.full_name }}/\${{ github.event.sender.login }}" = acme/shop/ada
`;

const AFTER = `
on: { workflow_run: { workflows: [Deploy], types: [completed] } }
jobs:
  after: { ${JOB}, steps: [{ run: 'test "\${{ github.event.workflow_run.conclusion }}" = success' }] }
`;

const SECRETS = `
name: Secrets
on: workflow_dispatch
permissions: { contents: write }
jobs:
  uses:
    ${JOB}
    steps:
      - run: |
          test "$KEY" = "first line
          second line"
          echo "$KEY"
          test "\${{ vars.REGION }}\${{ secrets.UNSET }}" = north
        env: { KEY: '\${{ secrets.API_KEY }}' }
      - run: >-
          curl -sf -X POST "$GITHUB_API_URL/repos/acme/shop/dispatches"
          -H "Authorization: Bearer $T" -d '{"event_type":"deploy","client_payload":{"where":"mars"}}'
        env: { T: '\${{ github.token }}' }
      - run: >-
          curl -sf -X POST "$GITHUB_API_URL/repos/acme/shop/git/refs"
          -H "Authorization: Bearer $T" -d "{\\"ref\\":\\"refs/heads/by-token\\",\\"sha\\":\\"$GITHUB_SHA\\"}"
        env: { T: '\${{ github.token }}' }
`;

const PUSHED = `
on: push
jobs:
  pushed: { ${JOB}, steps: [{ run: 'true' }] }
`;

const HALF = `
name: Half
on: workflow_dispatch
jobs:
  good:
    ${JOB}
    outputs: { when: '\${{ steps.it.outputs.when }}' }
    steps: [{ id: it, run: 'echo when=$GITHUB_RUN_ATTEMPT >> $GITHUB_OUTPUT' }]
  flaky: { ${JOB}, needs: good, steps: [{ run: 'test "\${{ needs.good.outputs.when }}/$GITHUB_RUN_ATTEMPT" = 1/2' }] }
  last: { ${JOB}, needs: flaky, steps: [{ run: 'true' }] }
  other: { ${JOB}, strategy: { fail-fast: false, matrix: { n: [1, 2] } }, steps: [{ run: 'test \${{ matrix.n }} = 1 || test $GITHUB_RUN_ATTEMPT = 2' }] }
`;

const files = {
  '.github/workflows/deploy.yml': DEPLOY,
  '.github/workflows/after.yml': AFTER,
  '.github/workflows/secrets.yml': SECRETS,
  '.github/workflows/pushed.yml': PUSHED,
  '.github/workflows/half.yml': HALF,
};
const planted: Seed = {
  ...seed,
  repositories: [
    {
      owner: 'acme',
      name: 'shop',
      collaborators: { grace: 'write' },
      source: {
        kind: 'files',
        files: Object.fromEntries(
          Object.entries(files).map(([path, content]) => [path, { content }]),
        ),
      },
    },
  ],
};

interface Run {
  readonly id: number;
  readonly name: string;
  readonly event: string;
  readonly status: string;
  readonly conclusion: string;
  readonly run_attempt: number;
}

describe('starting workflows from outside', () => {
  let test: TestGitHub;
  let ada: string;
  const R = '/repos/acme/shop';

  beforeAll(async () => {
    test = await openTestGitHub(planted);
    ada = test.github.tokens.ada ?? '';
  });
  afterAll(() => test.close());

  const runs = async (query = ''): Promise<readonly Run[]> =>
    (await test.call(ada, 'GET', `${R}/actions/runs?per_page=100${query}`)).body.workflow_runs;
  const dispatch = async (file: string) => {
    const path = `${R}/actions/workflows/${file}/dispatches`;
    const started = await test.call(ada, 'POST', path, { ref: 'main', return_run_details: true });
    await test.github.idle();
    return Number(started.body.workflow_run_id);
  };
  const conclusions = async (path: string) => {
    const { jobs } = (await test.call(ada, 'GET', `${path}/jobs`)).body;
    return Object.fromEntries(
      jobs.map((job: { name: string; conclusion: string }) => [job.name, job.conclusion]),
    );
  };

  it('runs the workflows that wait for a repository_dispatch of that type, then what follows them', async () => {
    const send = (event_type: string) =>
      test.call(ada, 'POST', `${R}/dispatches`, { event_type, client_payload: { where: 'moon' } });
    const answers = [await send('deploy'), await send('retire')];
    await test.github.idle();

    expect(answers.map((each) => each.status)).toEqual([204, 204]);
    expect((await runs()).map((run) => `${run.name} ${run.event} ${run.conclusion}`)).toEqual([
      '.github/workflows/after.yml workflow_run success',
      'Deploy repository_dispatch success',
    ]);
  });

  it('refuses a dispatch without a type, with too long a type or with too many properties', async () => {
    const many = Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`k${n}`, n]));
    const send = (body: object) => test.call(ada, 'POST', `${R}/dispatches`, body);
    const refused = [
      await send({}),
      await send({ event_type: 'x'.repeat(101) }),
      await send({ event_type: 'x', client_payload: many }),
      await send({ event_type: 'x', client_payload: [1] }),
    ];
    const { k10: _, ...ten } = many;
    const taken = [
      await send({ event_type: 'x'.repeat(100) }),
      await send({ event_type: 'x', client_payload: ten }),
    ];
    const stranger = await test.call(test.github.tokens.eve ?? '', 'POST', `${R}/dispatches`, {
      event_type: 'deploy',
    });

    expect(refused.map((each) => each.status)).toEqual([422, 422, 422, 422]);
    expect(refused[2]?.body.message).toBe(
      'Invalid request.\n\nNo more than 10 properties are allowed; 11 were supplied.',
    );
    expect(taken.map((each) => each.status)).toEqual([204, 204]);
    expect(stranger.status).toBe(403);
  });

  it('keeps a secret that was sealed, gives it to jobs only, and starts nothing for a push by GITHUB_TOKEN', async () => {
    const repository = test.github.world.repositoryByName('acme', 'shop');
    const now = new Date().toISOString();
    repository?.variables.set('REGION', {
      name: 'REGION',
      value: 'north',
      createdAt: now,
      updatedAt: now,
    });
    const { key, key_id } = (await test.call(ada, 'GET', `${R}/actions/secrets/public-key`)).body;
    await sodium.ready;
    const encrypted_value = Buffer.from(
      sodium.crypto_box_seal('first line\nsecond line', Buffer.from(key, 'base64')),
    ).toString('base64');
    const put = (name: string, body: object) =>
      test.call(ada, 'PUT', `${R}/actions/secrets/${name}`, body);
    const stored = [
      await put('api_key', { encrypted_value, key_id }),
      await put('API_KEY', { encrypted_value, key_id }),
    ];
    const refused = [
      await put('GITHUB_X', { encrypted_value, key_id }),
      await put('1X', { encrypted_value, key_id }),
      await put('X', { encrypted_value: 'AAAA', key_id }),
      await put('X', { encrypted_value, key_id: '1' }),
      await put('X', { encrypted_value }),
    ];
    const before = (await runs('&event=push')).length;
    const id = await dispatch('secrets.yml');
    const { jobs } = (await test.call(ada, 'GET', `${R}/actions/runs/${id}/jobs`)).body;
    const log = (await test.call(ada, 'GET', `${R}/actions/jobs/${jobs[0].id}/logs`)).body;

    expect(stored.map((each) => each.status)).toEqual([201, 204]);
    expect(refused.map((each) => each.status)).toEqual([422, 422, 422, 422, 422]);
    expect([...(repository?.secrets.keys() ?? [])]).toEqual(['API_KEY']);
    expect(jobs[0].conclusion).toBe('success');
    expect(log).not.toMatch(/(?:first|second) line\n/);
    expect(log).toContain('Z ***');
    expect((await runs('&event=push')).length).toBe(before);
    expect((await runs('&event=repository_dispatch')).map((run) => run.conclusion)).toEqual([
      'failure',
      'success',
    ]);
    const sha = (await test.call(ada, 'GET', `${R}/git/ref/heads/main`)).body.object.sha;
    await test.call(ada, 'POST', `${R}/git/refs`, { ref: 'refs/heads/by-ada', sha });
    await test.github.idle();
    expect((await runs('&event=push')).length).toBe(before + 1);
  });

  it('lists variables and reads one', async () => {
    const list = await test.call(ada, 'GET', `${R}/actions/variables`);
    const one = await test.call(ada, 'GET', `${R}/actions/variables/region`);
    const none = await test.call(ada, 'GET', `${R}/actions/variables/NOWHERE`);

    expect(list.body).toMatchObject({ total_count: 1, variables: [{ name: 'REGION' }] });
    expect(one.body).toMatchObject({ name: 'REGION', value: 'north' });
    expect(none.status).toBe(404);
  });

  it('runs again what failed and what needs it, and keeps the rest with its outputs', async () => {
    const id = await dispatch('half.yml');
    const run = `${R}/actions/runs/${id}`;
    const first = await conclusions(run);
    const answer = await test.call(ada, 'POST', `${run}/rerun-failed-jobs`);
    await test.github.idle();
    const again = await test.call(ada, 'POST', `${run}/rerun-failed-jobs`);

    expect(first).toEqual({
      good: 'success',
      flaky: 'failure',
      last: 'skipped',
      'other (1)': 'success',
      'other (2)': 'failure',
    });
    expect(answer.status).toBe(201);
    expect(await conclusions(run)).toEqual({
      good: 'success',
      flaky: 'success',
      last: 'success',
      'other (1)': 'success',
      'other (2)': 'success',
    });
    const steps = async (attempt: number) =>
      (await test.call(ada, 'GET', `${run}/attempts/${attempt}/jobs`)).body.jobs.map(
        (job: { name: string; completed_at: string }) => `${job.name} ${job.completed_at}`,
      );
    const [old, fresh] = [await steps(1), await steps(2)];
    const kept = fresh.filter((each: string) => old.includes(each));
    expect(kept.map((each: string) => each.split(' 2')[0]).sort()).toEqual(['good', 'other (1)']);
    expect(again.status).toBe(403);
    const earlier = (await test.call(ada, 'GET', `${run}/attempts/1`)).body;
    expect(earlier).toMatchObject({ run_attempt: 1, conclusion: 'failure' });
    expect((await test.call(ada, 'GET', run)).body).toMatchObject({
      run_attempt: 2,
      conclusion: 'success',
      previous_attempt_url: expect.stringMatching(/attempts\/1$/),
    });
    expect((await test.call(ada, 'GET', `${run}/attempts/3`)).status).toBe(404);
  });

  it('runs one job again with what needs it, keeps failures beside it, and every attempt’s log', async () => {
    const id = await dispatch('half.yml');
    const run = `${R}/actions/runs/${id}`;
    const jobs = async (): Promise<readonly { id: number; name: string; status: string }[]> =>
      (await test.call(ada, 'GET', `${run}/jobs`)).body.jobs;
    const named = async (name: string) => (await jobs()).find((job) => job.name === name)?.id ?? 0;
    const [flaky, good] = [await named('flaky'), await named('good')];
    const rerun = (job: number, body: object = {}) =>
      test.call(ada, 'POST', `${R}/actions/jobs/${job}/rerun`, body);
    const refused = [await rerun(1), await rerun(flaky, { enable_debug_logging: 'yes' })];
    const taken = await rerun(flaky, { enable_debug_logging: true });
    const early = await rerun(good);
    await test.github.idle();
    const old = await rerun(flaky);
    const log = async (attempt: number) => {
      const url = `${test.github.urls.rest}${run}/attempts/${attempt}/logs`;
      const zip = await fetch(url, { headers: { authorization: `Bearer ${ada}` } });
      const files = unzipSync(new Uint8Array(await zip.arrayBuffer()));
      const [, bytes] = Object.entries(files).find(([path]) => path.endsWith('_flaky.txt')) ?? [];
      return Buffer.from(bytes ?? []).toString();
    };

    expect(refused.map((each) => each.status)).toEqual([404, 422]);
    expect([taken.status, early.status, old.status]).toEqual([201, 403, 403]);
    expect(await conclusions(run)).toEqual({
      good: 'success',
      flaky: 'success',
      last: 'success',
      'other (1)': 'success',
      'other (2)': 'failure',
    });
    expect((await test.call(ada, 'GET', run)).body).toMatchObject({
      run_attempt: 2,
      conclusion: 'failure',
    });
    expect(await log(1)).toContain('Process completed with exit code 1.');
    expect(await log(2)).not.toContain('##[error]');
    expect((await test.call(ada, 'GET', `${run}/attempts/3/logs`)).status).toBe(404);
  });
});
