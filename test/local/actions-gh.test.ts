import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openTestGitHub, seed, type TestGitHub } from './api-world.ts';
import { openGh } from './gh-client.ts';

const GREET = `
name: Greet
run-name: Greet \${{ inputs.name }}
on: { workflow_dispatch: { inputs: { name: { required: true }, good: { type: boolean, default: true } } } }
jobs:
  hello:
    runs-on: ubuntu-latest
    steps:
      - { name: Say hello, run: 'echo hello \${{ inputs.name }}' }
      - { name: Twice, run: 'test \${{ inputs.good }} = true || test "$GITHUB_RUN_ATTEMPT" = 2' }
`;
const SLEEP = `
name: Sleep
on: workflow_dispatch
jobs:
  sleep: { runs-on: ubuntu-latest, steps: [{ run: sleep 600 }] }
`;

describe('gh run and gh workflow', () => {
  let test: TestGitHub;
  let client: Awaited<ReturnType<typeof openGh>>;
  const gh = (...args: readonly string[]) => client.run('ada', [...args, '-R', 'acme/shop']);

  beforeAll(async () => {
    const files = {
      '.github/workflows/greet.yml': { content: GREET },
      '.github/workflows/sleep.yml': { content: SLEEP },
    };
    test = await openTestGitHub({
      ...seed,
      repositories: [{ owner: 'acme', name: 'shop', source: { kind: 'files', files } }],
    });
    client = await openGh(test);
  });
  afterAll(async () => {
    await client.close();
    await test.close();
  });

  const newest = async () => {
    const fields = 'databaseId,status,conclusion,displayTitle,workflowName,event,headBranch,number';
    const [run] = JSON.parse(await gh('run', 'list', '--json', fields));
    return run;
  };

  it('lists, shows and starts workflows', async () => {
    const list = await gh('workflow', 'list');
    const view = await gh('workflow', 'view', 'greet.yml', '--yaml');
    await gh('workflow', 'run', 'greet.yml', '-f', 'name=Ada');
    await test.github.idle();

    expect(list).toMatch(/^Greet\tactive\t\d+\nSleep\tactive\t\d+\n$/);
    expect(view).toContain('run-name: Greet ${{ inputs.name }}');
    expect(await newest()).toMatchObject({
      status: 'completed',
      conclusion: 'success',
      displayTitle: 'Greet Ada',
      workflowName: 'Greet',
      event: 'workflow_dispatch',
      headBranch: 'main',
      number: 1,
    });
  });

  it('says why GitHub refuses to start one', async () => {
    expect(await gh('workflow', 'run', 'greet.yml')).toContain(
      "Required input 'name' not provided",
    );
  });

  it('shows a run, its jobs and its log', async () => {
    const { databaseId } = await newest();
    const view = await gh('run', 'view', String(databaseId));
    const log = await gh('run', 'view', String(databaseId), '--log');

    expect(view).toContain('Greet');
    expect(view).toMatch(/✓ hello in \d/);
    expect(log).toMatch(/hello.*hello Ada/);
  });

  it('runs again what failed', async () => {
    await gh('workflow', 'run', 'greet.yml', '-f', 'name=Eve', '-f', 'good=false');
    await test.github.idle();
    const failed = await newest();
    const { databaseId } = failed;
    await gh('run', 'rerun', String(databaseId), '--failed');
    await test.github.idle();

    expect(failed).toMatchObject({ workflowName: 'Greet', conclusion: 'failure' });
    expect(await newest()).toMatchObject({ databaseId, conclusion: 'success' });
  });

  it('runs one job again, and shows what failed in it', async () => {
    const { databaseId } = await newest();
    const view = JSON.parse(await gh('run', 'view', String(databaseId), '--json', 'jobs'));
    await gh('run', 'rerun', '--job', String(view.jobs[0].databaseId), '--debug');
    await test.github.idle();

    // The workflow passes in its second attempt alone.
    expect(await newest()).toMatchObject({ databaseId, conclusion: 'failure' });
    expect(await gh('run', 'view', String(databaseId), '--log-failed')).toContain(
      'Process completed with exit code 1.',
    );
  });

  it('watches a run until it is cancelled', async () => {
    await gh('workflow', 'run', 'sleep.yml');
    const { databaseId } = await newest();
    const watching = gh('run', 'watch', String(databaseId), '--interval', '1');
    const asks = () =>
      test.github.requests().some(({ path }) => path.endsWith(`/runs/${databaseId}/jobs`));
    while (!asks()) await new Promise((resolve) => setTimeout(resolve, 20));
    const answer = await gh('run', 'cancel', String(databaseId));
    await test.github.idle();

    expect(await watching).toContain('sleep');
    expect(answer).toContain('Request to cancel workflow submitted');
    expect(await newest()).toMatchObject({ databaseId, conclusion: 'cancelled' });
  });
});
