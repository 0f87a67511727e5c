import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Repository } from '#local/record/repository.ts';
import { type ActionsWorld, openActionsWorld, toolkit } from './actions-world.ts';

const CORE = toolkit('core');

const ACTION = `
import * as core from '${CORE}';
core.setSecret('hunter2secret');
core.info('the password is hunter2secret');
core.debug('a word for those who ask');
core.setOutput('greeting', 'hello ' + core.getInput('who-is'));
core.setOutput('leak', 'hunter2secret');
core.saveState('kept', 'from main');
core.exportVariable('EXPORTED', 'yes');
core.setOutput('runtime', String(Boolean(process.env.ACTIONS_RUNTIME_TOKEN)));
core.setOutput('idtoken', await core.getIDToken('sallyport').then((t) => t.split('.').slice(0, 2).join('.')));
core.setOutput('signature', (await core.getIDToken('sallyport')).split('.')[2].length);
`;

const FILES = {
  '.github/workflows/caller.yml': `
name: caller
on:
  workflow_dispatch:
    inputs:
      who: { type: string, required: true }
permissions:
  contents: read
  id-token: write
jobs:
  agent:
    uses: octo/tools/.github/workflows/agent.yml@main
    with:
      who: \${{ inputs.who }}
  after:
    needs: agent
    runs-on: ubuntu-latest
    steps:
      - run: echo "said=\${{ needs.agent.outputs.greeting }}" >> "$GITHUB_OUTPUT"
        id: said
      - run: test "\${{ steps.said.outputs.said }}" = "hello Ada"
`,
  'file.txt': 'content\n',
};

const TOOLS = {
  '.github/workflows/agent.yml': `
name: agent
on:
  workflow_call:
    inputs:
      who: { type: string, required: true }
    outputs:
      greeting: { value: '\${{ jobs.work.outputs.greeting }}' }
      leak: { value: '\${{ jobs.work.outputs.leak }}' }
jobs:
  work:
    runs-on: ubuntu-latest
    environment: sallyport-agent
    outputs:
      greeting: \${{ steps.greet.outputs.greeting }}
      leak: \${{ steps.greet.outputs.leak }}
    steps:
      - uses: actions/checkout@v7
        with: { persist-credentials: false }
      - run: test "$(cat file.txt)" = content
      - run: '! grep -r AUTHORIZATION .git/config'
      - id: greet
        uses: octo/tools/greet@main
        with: { who-is: '\${{ inputs.who }}' }
      - run: |
          test "$EXPORTED" = yes
          test -z "$ACTIONS_RUNTIME_TOKEN"
          test -n "$ACTIONS_ID_TOKEN_REQUEST_TOKEN"
          echo "\${{ steps.greet.outputs.idtoken }}"
          mkdir out && echo data > out/a.txt
      - uses: actions/upload-artifact@v6
        id: up
        with: { name: result, path: out }
      - uses: actions/download-artifact@v6
        with: { name: result, path: back }
      - run: test "$(cat back/a.txt)" = data
`,
  'greet/action.yml': `
name: greet
inputs:
  who-is: { required: true }
runs: { using: node24, main: main.mjs, post: post.mjs }
`,
  'greet/main.mjs': ACTION,
  'greet/post.mjs': `import * as core from '${CORE}'; core.info('state: ' + core.getState('kept'));`,
};

describe('a dispatched workflow', () => {
  let github: ActionsWorld;
  let repository: Repository;

  beforeAll(async () => {
    github = await openActionsWorld();
    repository = await github.addRepository('demo', FILES);
    await github.addRepository('tools', TOOLS);
  });
  afterAll(() => github.close());

  it('runs a reusable workflow with a real action, artifacts and ID tokens', async () => {
    const outcome = await github.dispatch(repository, 'caller.yml', { who: 'Ada' });

    const [work] = outcome.jobs;
    const log = await github.log(work?.id ?? 0);
    if (outcome.conclusion !== 'success') console.log(log, JSON.stringify(outcome, null, 1));
    expect(outcome.conclusion).toBe('success');
    expect(outcome.jobs.map((job) => job.name)).toEqual(['agent / work', 'after']);
    expect(log).not.toContain('hunter2secret');
    expect(log).toContain('state: from main');
  });

  it('keeps debug lines for those who ask for them', async () => {
    const run = async () => {
      const { jobs } = await github.dispatch(repository, 'caller.yml', { who: 'Ada' });
      return github.log(jobs[0]?.id ?? 0);
    };
    const plain = await run();
    const at = new Date().toISOString();
    const asked = { name: 'ACTIONS_STEP_DEBUG', value: 'true', createdAt: at, updatedAt: at };
    repository.variables.set(asked.name, asked);
    const debugging = await run();
    repository.variables.delete(asked.name);

    expect(plain).not.toContain('a word for those who ask');
    expect(debugging).toContain('##[debug]a word for those who ask');
  });
});
