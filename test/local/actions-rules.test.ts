import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Repository } from '#local/record/repository.ts';
import { type ActionsWorld, type JobOutcome, openActionsWorld, toolkit } from './actions-world.ts';

const JOB = 'runs-on: ubuntu-latest';
const ok = `{ ${JOB}, steps: [{ run: 'true' }] }`;
const bad = `{ ${JOB}, steps: [{ run: 'false' }] }`;

const after = (needs: string, condition?: string) =>
  `{ ${JOB}, needs: ${needs}, ${condition === undefined ? '' : `if: '${condition}',`} steps: [{ run: 'true' }] }`;

const NEEDS = `
on: workflow_dispatch
jobs:
  good: ${ok}
  broken: ${bad}
  none: { ${JOB}, if: 'false', steps: [{ run: 'true' }] }
  forgiven: { ${JOB}, continue-on-error: true, steps: [{ run: 'false' }] }
  after-good: ${after('good')}
  after-broken: ${after('broken')}
  after-broken-always: ${after('broken', 'always()')}
  after-broken-failure: ${after('broken', 'failure()')}
  after-good-failure: ${after('good', 'failure()')}
  after-none: ${after('none')}
  after-none-always: ${after('none', "always() && needs.none.result == ''skipped''")}
  after-forgiven: ${after('forgiven')}
  grandchild: ${after('after-broken', 'failure()')}
  grandchild-of-none: ${after('after-none-always')}
  cancelled-only: ${after('broken', 'cancelled()')}
`;

const STEPS = `
on: workflow_dispatch
jobs:
  steps:
    ${JOB}
    steps:
      - { id: a, run: exit 3, continue-on-error: true }
      - name: a is forgiven
        run: test "\${{ steps.a.outcome }}/\${{ steps.a.conclusion }}" = failure/success
      - { name: breaks, run: 'false' }
      - { name: skipped by default, run: 'true' }
      - { name: on failure, if: failure(), run: 'true' }
      - { name: always, if: '\${{ always() }}', run: 'true' }
      - { name: not cancelled, if: '!cancelled()', run: 'true' }
`;

const RUNTIME = `
on: workflow_dispatch
env: { LEVEL: workflow, ONLY: workflow }
permissions: { contents: read }
jobs:
  sealed:
    ${JOB}
    env: { LEVEL: job }
    outputs:
      secret: \${{ steps.leak.outputs.value }}
      plain: \${{ steps.leak.outputs.plain }}
    steps:
      - run: |
          test -z "$ACTIONS_RUNTIME_TOKEN$ACTIONS_RESULTS_URL$ACTIONS_ID_TOKEN_REQUEST_TOKEN$GITHUB_TOKEN"
          test -z "$HOST_ONLY"
          test "$LEVEL/$ONLY/$STEP" = job/workflow/step
          case "$HOME" in "$RUNNER_TEMP"/..*|*/jobs/*) ;; *) exit 1 ;; esac
        env: { STEP: step }
      - run: |
          echo "NODE_OPTIONS=--require=/tmp/evil.js" >> "$GITHUB_ENV"
          echo "GITHUB_SHA=evil" >> "$GITHUB_ENV"
          echo "FINE=yes" >> "$GITHUB_ENV"
          echo "$PWD/bin" >> "$GITHUB_PATH"
          mkdir bin && printf '#!/bin/sh\\necho from-path' > bin/mine && chmod +x bin/mine
      - run: |
          test -z "$NODE_OPTIONS"
          test "$GITHUB_SHA" != evil
          test "$FINE" = yes
          test "$(mine)" = from-path
      - run: |
          echo "::add-mask::first secret line%0Asecond secret line"
          echo "first secret line"
          echo "x second secret line y"
      - id: leak
        run: |
          echo "value=a second secret line b" >> "$GITHUB_OUTPUT"
          printf 'plain<<END\\none\\ntwo\\nEND\\n' >> "$GITHUB_OUTPUT"
      - run: |
          echo "::stop-commands::pause"
          echo "::error::not an error"
          echo "::pause::"
          echo "::error file=a.js,line=3::real error"
          echo "::set-output name=x::y"
        continue-on-error: true
        id: disabled
      - run: test "\${{ steps.disabled.outcome }}" = failure
  reads:
    ${JOB}
    needs: sealed
    steps:
      - run: test -z "\${{ needs.sealed.outputs.secret }}"
      - run: test "$TWO" = "$(printf 'one\\ntwo')"
        env: { TWO: '\${{ needs.sealed.outputs.plain }}' }
`;

const MATRIX = `
on: workflow_dispatch
jobs:
  build:
    ${JOB}
    strategy:
      matrix:
        os: [linux, mac]
        node: [22, 24]
        exclude: [{ os: mac, node: 22 }]
        include: [{ os: linux, node: 24, extra: yes-extra }, { os: other, node: 26 }]
    steps:
      - run: test -n "\${{ matrix.os }}" && echo "\${{ matrix.extra }}"
`;

const COMPOSITE = `
on: workflow_dispatch
jobs:
  use:
    ${JOB}
    steps:
      - uses: actions/checkout@v7
      - uses: ./both
        id: both
        with: { name: Ada }
      - run: test "\${{ steps.both.outputs.text }}" = "composite Ada with default"
      - uses: octo/missing@v1
        if: 'false'
`;

const BOTH = `
name: both
inputs:
  name: { required: true }
  tail: { default: with default }
outputs:
  text: { value: '\${{ steps.inner.outputs.text }}' }
runs:
  using: composite
  steps:
    - id: inner
      shell: bash
      run: |
        test -z "$ACTIONS_RUNTIME_TOKEN"
        test -f "$GITHUB_ACTION_PATH/action.yml"
        echo "text=composite \${{ inputs.name }} \${{ inputs.tail }}" >> "$GITHUB_OUTPUT"
`;

const CHECKOUT = `
on: workflow_dispatch
jobs:
  use:
    ${JOB}
    steps:
      - uses: actions/checkout@v7
        id: kept
      - run: |
          grep -q AUTHORIZATION .git/config
          test "$(git rev-parse HEAD)" = "$GITHUB_SHA" && test "$(git branch --show-current)" = main
          test "\${{ steps.kept.outputs.commit }}" = "$GITHUB_SHA"
      - uses: actions/checkout@v7
        with: { repository: octo/tools, path: other, persist-credentials: false, fetch-depth: 0 }
      - run: test -f other/hooks/action.yml && ! grep -q AUTHORIZATION other/.git/config
      - uses: actions/checkout@v7
        with: { ref: '\${{ github.sha }}', path: pinned }
      - run: test -z "$(git -C pinned branch --show-current)"
      - { uses: actions/checkout@v7, id: out, with: { path: ../../out }, continue-on-error: true }
      - { uses: actions/checkout@v7, id: option, with: { ref: --upload-pack=evil, path: o }, continue-on-error: true }
      - run: test "\${{ steps.out.outcome }}\${{ steps.option.outcome }}" = failurefailure
`;

const TIMEOUT = `
on: workflow_dispatch
jobs:
  step:
    ${JOB}
    steps:
      - { name: slow, run: sleep 60, timeout-minutes: 0.005 }
      - { name: cleanup, if: always(), run: 'true' }
  job:
    ${JOB}
    timeout-minutes: 0.005
    steps:
      - { name: slow, run: sleep 60 }
`;

const ORDER = `
on: workflow_dispatch
jobs:
  order:
    ${JOB}
    steps:
      - uses: octo/tools/hooks@main
        with: { name: one }
      - uses: octo/tools/hooks@main
        with: { name: two }
      - run: 'false'
`;

const HOOK = (phase: string) =>
  `import * as core from '${toolkit('core')}'; core.info('${phase} ' + core.getInput('name')); if ('${phase}' === 'pre') core.saveState('k', 'kept'); else core.info('state ' + core.getState('k'));`;

describe('the runner', () => {
  let github: ActionsWorld;
  let repository: Repository;

  beforeAll(async () => {
    process.env.HOST_ONLY = 'must not be inherited';
    github = await openActionsWorld({ maxParallelJobs: 4 });
    await github.addRepository('tools', {
      'hooks/action.yml':
        'inputs: { name: {} }\nruns: { using: node24, pre: pre.mjs, main: main.mjs, post: post.mjs }',
      'hooks/pre.mjs': HOOK('pre'),
      'hooks/main.mjs': HOOK('main'),
      'hooks/post.mjs': HOOK('post'),
    });
    repository = await github.addRepository('demo', {
      '.github/workflows/needs.yml': NEEDS,
      '.github/workflows/steps.yml': STEPS,
      '.github/workflows/runtime.yml': RUNTIME,
      '.github/workflows/matrix.yml': MATRIX,
      '.github/workflows/composite.yml': COMPOSITE.replace(/ {6}- uses: octo[\s\S]*$/, ''),
      '.github/workflows/missing.yml': COMPOSITE,
      '.github/workflows/timeout.yml': TIMEOUT,
      '.github/workflows/checkout.yml': CHECKOUT,
      '.github/workflows/order.yml': ORDER,
      'both/action.yml': BOTH,
    });
  });
  afterAll(async () => {
    delete process.env.HOST_ONLY;
    await github.close();
  });

  const conclusions = (jobs: readonly JobOutcome[]) =>
    Object.fromEntries(jobs.map((job) => [job.name, job.conclusion]));
  const steps = (job: JobOutcome | undefined) =>
    Object.fromEntries((job?.steps ?? []).map((step) => [step.name, step.conclusion]));

  it('decides every job by its needs and its condition as GitHub documents', async () => {
    const outcome = await github.dispatch(repository, 'needs.yml');

    expect(conclusions(outcome.jobs)).toEqual({
      good: 'success',
      broken: 'failure',
      none: 'skipped',
      forgiven: 'failure',
      'after-good': 'success',
      'after-broken': 'skipped',
      'after-broken-always': 'success',
      'after-broken-failure': 'success',
      'after-good-failure': 'skipped',
      'after-none': 'skipped',
      'after-none-always': 'success',
      'after-forgiven': 'success',
      grandchild: 'success',
      'grandchild-of-none': 'skipped',
      'cancelled-only': 'skipped',
    });
    expect(outcome.conclusion).toBe('failure');
  });

  it('decides every step by its condition and remembers what was forgiven', async () => {
    const outcome = await github.dispatch(repository, 'steps.yml');

    expect(steps(outcome.jobs[0])).toEqual({
      'Set up job': 'success',
      'Run exit 3': 'success',
      'a is forgiven': 'success',
      breaks: 'failure',
      'skipped by default': 'skipped',
      'on failure': 'success',
      always: 'success',
      'not cancelled': 'success',
      'Complete job': 'success',
    });
  });

  it('keeps the runtime token, the host and the secrets away from run steps', async () => {
    const outcome = await github.dispatch(repository, 'runtime.yml');
    const log = await github.log(outcome.jobs[0]?.id ?? 0);

    expect(conclusions(outcome.jobs)).toEqual({ sealed: 'success', reads: 'success' });
    expect(log).not.toMatch(/Z (first|x second) secret line/);
    expect(log).toContain("Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.");
    expect(log).toContain("Skip output 'secret' since it may contain secret.");
    expect(log).toContain('::error::not an error');
    expect(log).toContain('##[error]real error');
    expect(log).toContain('The `set-output` command is disabled.');
  });

  it('expands a matrix with exclude and include', async () => {
    const outcome = await github.dispatch(repository, 'matrix.yml');

    expect(conclusions(outcome.jobs)).toEqual({
      'build (linux, 22)': 'success',
      'build (linux, 24, yes-extra)': 'success',
      'build (mac, 24)': 'success',
      'build (other, 26)': 'success',
    });
  });

  it('runs a composite action in a frame of its own', async () => {
    expect((await github.dispatch(repository, 'composite.yml')).conclusion).toBe('success');
  });

  it('checks out over HTTP and keeps credentials only where it was asked to', async () => {
    const outcome = await github.dispatch(repository, 'checkout.yml');
    const log = await github.log(outcome.jobs[0]?.id ?? 0);

    expect(outcome.conclusion).toBe('success');
    expect(log).not.toMatch(/ghs_job/);
  });

  it('fails a job before its first step when an action is not available', async () => {
    const outcome = await github.dispatch(repository, 'missing.yml');

    expect(steps(outcome.jobs[0])).toEqual({ 'Set up job': 'failure', 'Complete job': 'success' });
    expect(await github.log(outcome.jobs[0]?.id ?? 0)).toContain(
      'action octo/missing@v1 is not available on the local runner',
    );
  });

  it('ends a step and a job at their timeouts', async () => {
    const outcome = await github.dispatch(repository, 'timeout.yml');

    expect(conclusions(outcome.jobs)).toEqual({ step: 'failure', job: 'cancelled' });
    expect(steps(outcome.jobs.find((job) => job.name === 'step'))).toMatchObject({
      slow: 'failure',
      cleanup: 'success',
    });
  });

  it('runs pre before everything, post in reverse, and carries state between them', async () => {
    const outcome = await github.dispatch(repository, 'order.yml');
    const log = await github.log(outcome.jobs[0]?.id ?? 0);
    const said = [...log.matchAll(/Z ((?:pre|main|post|state) \w+)$/gm)].map((found) => found[1]);

    expect(said).toEqual([
      'pre one',
      'pre two',
      'main one',
      'state kept',
      'main two',
      'state kept',
      'post two',
      'state kept',
      'post one',
      'state kept',
    ]);
    expect(outcome.conclusion).toBe('failure');
  });

  it('mints each job a token with its own permissions and revokes it at the end', () => {
    const permissions = [...github.tokens.values()];

    expect(permissions).toContainEqual({ contents: 'read', metadata: 'read' });
    expect(permissions).toContainEqual({ contents: 'read', packages: 'read', metadata: 'read' });
    expect([...github.tokens.keys()].sort()).toEqual([...github.revoked].sort());
  });
});
