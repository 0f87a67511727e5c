import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Repository } from '#local/record/repository.ts';
import { type ActionsWorld, type JobOutcome, openActionsWorld, toolkit } from './actions-world.ts';

const JOB = 'runs-on: ubuntu-latest';

const COMMANDS = `
on: workflow_dispatch
jobs:
  good:
    ${JOB}
    outputs: { text: '\${{ steps.write.outputs.text }}' }
    steps:
      - id: write
        run: |
          mkdir one two
          printf '#!/bin/sh\\necho one' > one/tool && printf '#!/bin/sh\\necho two' > two/tool
          chmod +x */tool
          echo "$PWD/two" >> "$GITHUB_PATH"
          echo "$PWD/one" >> "$GITHUB_PATH"
          printf 'text<<ghadelimiter_1\\na=b\\n\\nghadelimiter_2\\nlast\\nghadelimiter_1\\n' >> "$GITHUB_OUTPUT"
          printf 'EMPTY=\\nLINES<<E\\nfirst\\nsecond\\nE\\n' >> "$GITHUB_ENV"
          printf 'crlf=x\\r\\n' >> "$GITHUB_OUTPUT"
      - run: |
          test "$(tool)" = one
          test -z "\${EMPTY-unset}"
          test "$LINES" = "$(printf 'first\\nsecond')"
          test "$TEXT" = "$(printf 'a=b\\n\\nghadelimiter_2\\nlast')"
          test "$CRLF" = "$(printf 'x\\r')"
          echo "$PWD/two" >> "$GITHUB_PATH"
        env: { TEXT: '\${{ steps.write.outputs.text }}', CRLF: '\${{ steps.write.outputs.crlf }}' }
      - run: |
          test "$(tool)" = two
          test "$(echo "$PATH" | tr ':' '\\n' | grep -c "$PWD/two")" = 1
  injected:
    ${JOB}
    steps:
      # A value from outside that knows the delimiter can end it: what it may set is bounded.
      - run: |
          HOSTILE="$(printf 'x\\nEOF\\nNODE_OPTIONS=--require=/tmp/evil.js\\nGITHUB_REF=refs/heads/evil\\nMINE=set\\nrest<<EOF')"
          printf 'value<<EOF\\n%s\\nEOF\\n' "$HOSTILE" >> "$GITHUB_ENV"
      - run: |
          test -z "$NODE_OPTIONS"
          test "$GITHUB_REF" = refs/heads/main
          test "$MINE/$value" = set/x
  random:
    ${JOB}
    steps: [{ uses: octo/tools/hostile@main, id: hostile }, { run: 'test -z "$MINE" && test "$V" = "$(printf "x\\nEOF\\nMINE=set")"', env: { V: '\${{ steps.hostile.outputs.value }}' } }]
  broken:
    ${JOB}
    steps:
      - { id: open, run: 'printf "kept=1\\nvalue<<EOF\\nnever ends" >> "$GITHUB_OUTPUT"', continue-on-error: true }
      - run: test "\${{ steps.open.outcome }}/\${{ steps.open.outputs.kept }}/\${{ steps.open.outputs.value }}" = failure/1/
      - { id: form, run: 'echo "no form" >> "$GITHUB_ENV"', continue-on-error: true }
      - { id: pipe, run: 'rm "$GITHUB_STATE" && mkfifo "$GITHUB_STATE"', continue-on-error: true }
      - { id: gone, run: 'rm "$GITHUB_OUTPUT" "$GITHUB_STEP_SUMMARY"' }
      - run: test "\${{ steps.form.outcome }}/\${{ steps.pipe.outcome }}/\${{ steps.gone.outcome }}" = failure/failure/success
  summary:
    ${JOB}
    steps:
      - { run: 'printf "# Result\\n\\nthe key is $KEY\\n" >> "$GITHUB_STEP_SUMMARY"', env: { KEY: '\${{ secrets.KEY }}' } }
      - { run: 'head -c 1200000 /dev/zero | tr "\\0" x >> "$GITHUB_STEP_SUMMARY"' }
      - { uses: octo/tools/summary@main }
`;

const SECRETS = `
on: workflow_dispatch
jobs:
  show:
    ${JOB}
    outputs: { coded: '\${{ steps.coded.outputs.coded }}' }
    steps:
      - name: every form
        run: |
          echo "plain $KEY"
          echo "coded $(printf '%s' "$KEY" | base64 -w0)"
          echo "coded with a line break $(echo "$KEY" | base64 -w0)"
          for user in a ab abc; do echo "basic $(printf '%s:%s' "$user" "$KEY" | base64 -w0)"; done
          printf '%s\\n' "$PEM"
          echo "coded pem $(printf '%s' "$PEM" | base64 -w0)"
          echo "::error title=$KEY,file=$KEY.js::it is $KEY"
        env: { KEY: '\${{ secrets.KEY }}', PEM: '\${{ secrets.PEM }}' }
      - name: added
        run: |
          V="added $((40 + 2)) at run time"
          echo "::add-mask::$V"
          echo "now $V, $(printf '%s' "$V" | base64)"
          echo "::add-mask::"
      - { id: coded, run: 'echo "coded=$(printf "%s" "$KEY" | base64)" >> "$GITHUB_OUTPUT"', env: { KEY: '\${{ secrets.KEY }}' } }
      - run: echo "true is no secret"
`;

const NESTED = `
on: workflow_dispatch
jobs:
  nested:
    ${JOB}
    steps:
      - { uses: octo/tools/hook@main, with: { name: first } }
      - { uses: octo/tools/outer@main, with: { name: Ada } }
      - { uses: octo/tools/hook@main, with: { name: last } }
  refused:
    ${JOB}
    steps: [{ run: 'echo never said' }, { uses: octo/tools/lost@main }]
  prefails:
    ${JOB}
    steps: [{ uses: octo/tools/prefails@main }, { run: 'echo never said' }, { if: always(), run: echo cleaned up }]
`;

const CACHE = `
on: workflow_dispatch
jobs:
  cache:
    ${JOB}
    steps:
      - { uses: octo/tools/cache@main, id: seen }
      - run: test "\${{ steps.seen.outputs.available }}" = false
      - { uses: actions/cache/restore@v5, id: restored, with: { path: x, key: k } }
      - { uses: actions/cache/save@v5, with: { path: x, key: k } }
      - run: test "\${{ steps.restored.outputs.cache-hit }}" = false
`;

const core = `import * as core from '${toolkit('core')}';`;
const HOOK = (phase: string) => `${core}
core.info('${phase} ' + core.getInput('name') + ' ' + core.getState('kept'));
core.saveState('kept', core.getState('kept') + '${phase}');`;

const TOOLS = {
  'hostile/action.yml': 'runs: { using: node24, main: main.mjs }',
  'hostile/main.mjs': `${core} core.setOutput('value', 'x\\nEOF\\nMINE=set');`,
  'summary/action.yml': 'runs: { using: node24, main: main.mjs }',
  'summary/main.mjs': `${core} await core.summary.addHeading('By the toolkit').write();`,
  'hook/action.yml':
    'inputs: { name: {} }\nruns: { using: node24, pre: pre.mjs, main: main.mjs, post: post.mjs }',
  'hook/pre.mjs': HOOK('pre'),
  'hook/main.mjs': HOOK('main'),
  'hook/post.mjs': HOOK('post'),
  'outer/action.yml': `
inputs: { name: { required: true } }
runs:
  using: composite
  steps:
    - { uses: octo/tools/hook@main, with: { name: 'outer of \${{ inputs.name }}' } }
    - { uses: octo/tools/inner@main, with: { name: '\${{ inputs.name }}' } }
`,
  'inner/action.yml': `
inputs: { name: { required: true } }
runs:
  using: composite
  steps:
    - { shell: bash, run: 'echo a script' }
    - { uses: octo/tools/hook@main, with: { name: 'inner of \${{ inputs.name }}' } }
`,
  'lost/action.yml': 'runs: { using: composite, steps: [{ uses: octo/nowhere@v1 }] }',
  'prefails/action.yml': 'runs: { using: node24, pre: pre.mjs, main: main.mjs }',
  'prefails/pre.mjs': `${core} core.setFailed('the pre phase failed');`,
  'prefails/main.mjs': `${core} core.info('never said');`,
  // What @actions/cache looks at before it asks a server.
  'cache/action.yml': 'runs: { using: node24, main: main.mjs }',
  'cache/main.mjs': `${core}
const { ACTIONS_CACHE_SERVICE_V2, ACTIONS_CACHE_URL, ACTIONS_RESULTS_URL } = process.env;
core.setOutput('available', Boolean(ACTIONS_CACHE_SERVICE_V2 ? ACTIONS_RESULTS_URL : ACTIONS_CACHE_URL));`,
};

const PEM = '-----BEGIN KEY-----\nfirst line of it\nsecond line of it\n-----END KEY-----';

describe('the steps of a job', () => {
  let github: ActionsWorld;
  let repository: Repository;
  let nestedJobs: readonly JobOutcome[];

  beforeAll(async () => {
    github = await openActionsWorld({ maxParallelJobs: 4 });
    await github.addRepository('tools', TOOLS);
    repository = await github.addRepository('demo', {
      '.github/workflows/commands.yml': COMMANDS,
      '.github/workflows/secrets.yml': SECRETS,
      '.github/workflows/nested.yml': NESTED,
      '.github/workflows/cache.yml': CACHE,
    });
    const now = new Date().toISOString();
    const secrets = { KEY: 'k&y-"secret"', PEM, ACTIONS_STEP_DEBUG: 'true' };
    for (const [name, value] of Object.entries(secrets))
      repository.secrets.set(name, { name, value, createdAt: now, updatedAt: now });
    nestedJobs = (await github.dispatch(repository, 'nested.yml')).jobs;
  });
  afterAll(() => github.close());

  const find = (jobs: readonly JobOutcome[], name: string) => {
    const job = jobs.find((each) => each.name === name);
    if (job === undefined) throw new Error(`no job ${name}`);
    return job;
  };
  const record = (runId: number, name: string) => {
    const jobs = github.service.runs.find(repository, runId)?.jobs ?? [];
    return jobs.find((each) => each.name === name);
  };

  it('read what a step wrote to its command files, and bound what hostile text can do there', async () => {
    const { runId, jobs } = await github.dispatch(repository, 'commands.yml');
    const log = await github.log(find(jobs, 'broken').id);
    const summary = record(runId, 'summary');

    expect(Object.fromEntries(jobs.map((job) => [job.name, job.conclusion]))).toEqual({
      good: 'success',
      injected: 'success',
      random: 'success',
      broken: 'success',
      summary: 'success',
    });
    expect(log).toContain("##[error]Unable to process file command 'output' successfully.");
    expect(log).toContain("##[error]Invalid value. Matching delimiter not found 'EOF'");
    expect(log).toContain("##[error]Unable to process file command 'env' successfully.");
    expect(log).toContain("##[error]Invalid format 'no form'");
    expect(log).toContain("##[error]Unable to process file command 'state' successfully.");
    expect(summary?.summaries).toEqual([
      '# Result\n\nthe key is ***\n',
      expect.stringContaining('By the toolkit'),
    ]);
    expect(summary?.annotations.map((each) => each.message)).toEqual([
      expect.stringMatching(/^\$GITHUB_STEP_SUMMARY upload aborted, .* of 1024k, got 1171k\./),
    ]);
  });

  it('hide a secret in every form and place, and nothing that is none', async () => {
    const { runId, jobs } = await github.dispatch(repository, 'secrets.yml');
    const job = find(jobs, 'show');
    const log = await github.log(job.id);
    const said = (start: string) =>
      log
        .split('\n')
        .find((line) => line.includes(`Z ${start}`))
        ?.split(`Z ${start}`)[1];
    const coded = Buffer.from('k&y-"secret"').toString('base64');

    expect(job.conclusion).toBe('success');
    expect(said('plain ')).toBe('***');
    expect(said('coded ')).toBe('***');
    expect(said('coded with a line break ')).toBe('***Cg==');
    expect(log).not.toContain('k&y');
    expect(log).not.toContain(coded.slice(0, 8));
    expect(log).not.toMatch(/basic [A-Za-z0-9+/=]{12}/);
    expect(log).not.toMatch(/(?:first|second) line of it|BEGIN KEY/);
    expect(said('coded pem ')).toBe('***');
    expect(log).not.toContain('added 42 at run time');
    expect(said('now ')).toBe('***, ***');
    expect(log).toContain("Can't add secret mask for empty string in ##[add-mask] command.");
    expect(log).toContain('true is no secret');
    expect(log).toContain("Skip output 'coded' since it may contain secret.");
    expect(record(runId, 'show')?.annotations[0]).toMatchObject({
      title: '***',
      path: '***.js',
      message: 'it is ***',
    });
  });

  it('run the pre and post phases of actions inside composite actions, each with its state', async () => {
    const nested = find(nestedJobs, 'nested');
    const log = await github.log(nested.id);
    const said = [...log.matchAll(/Z ((?:pre|main|post) .*)$/gm)].map((found) => found[1]?.trim());

    expect(nested.conclusion).toBe('success');
    expect(said).toEqual([
      'pre first',
      'pre outer of Ada',
      'pre inner of Ada',
      'pre last',
      'main first pre',
      'main outer of Ada pre',
      'main inner of Ada pre',
      'main last pre',
      'post last premain',
      'post inner of Ada premain',
      'post outer of Ada premain',
      'post first premain',
    ]);
    expect(nested.steps.map((step) => step.name)).toEqual([
      'Set up job',
      'Pre Run octo/tools/hook@main',
      'Pre Run octo/tools/outer@main',
      'Pre Run octo/tools/hook@main',
      'Run octo/tools/hook@main',
      'Run octo/tools/outer@main',
      'Run octo/tools/hook@main',
      'Post Run octo/tools/hook@main',
      'Post Run octo/tools/outer@main',
      'Post Run octo/tools/hook@main',
      'Complete job',
    ]);
  });

  it('start none when an action inside another is not there, and only always() after a failed pre', async () => {
    const jobs = nestedJobs;
    const refused = await github.log(find(jobs, 'refused').id);
    const prefails = await github.log(find(jobs, 'prefails').id);

    expect(find(jobs, 'refused').conclusion).toBe('failure');
    expect(refused).toContain('action octo/nowhere@v1 is not available on the local runner');
    expect(refused).not.toContain('Z never said');
    expect(find(jobs, 'prefails').conclusion).toBe('failure');
    expect(prefails).toContain('##[error]the pre phase failed');
    expect(prefails).not.toContain('Z never said');
    expect(prefails).toContain('Z cleaned up');
  });

  it('find no cache, and every restore a miss', async () => {
    expect((await github.dispatch(repository, 'cache.yml')).conclusion).toBe('success');
  });
});
