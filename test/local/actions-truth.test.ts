import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { unzipSync } from 'fflate';
import { openConcurrencyGroups } from '#local/actions/concurrency.ts';
import { evaluateCondition } from '#local/actions/expression.ts';
import type { Repository } from '#local/record/repository.ts';
import { type ActionsWorld, type JobOutcome, openActionsWorld } from './actions-world.ts';

const JOB = 'runs-on: ubuntu-latest';

const MATRIX = (strategy: string) => `
on: workflow_dispatch
jobs:
  one:
    ${JOB}
    strategy: { ${strategy}, matrix: { n: [1, 2, 3] } }
    steps: [{ run: 'test \${{ matrix.n }} != 1' }]
`;
const FORGIVEN = `
on: workflow_dispatch
jobs:
  one:
    ${JOB}
    continue-on-error: \${{ matrix.n == 1 }}
    strategy: { max-parallel: 1, matrix: { n: [1, 2] } }
    steps:
      - run: test \${{ matrix.n }} != 1
      - run: test "\${{ strategy.fail-fast }}/\${{ strategy.job-index }}/\${{ strategy.job-total }}/\${{ strategy.max-parallel }}" = true/1/2/1
  after: { ${JOB}, needs: one, steps: [{ run: 'true' }] }
`;

const CALLER = `
on: workflow_dispatch
permissions: { contents: read, issues: write }
jobs:
  inherits: { uses: ./.github/workflows/called.yml, with: { count: 3 }, secrets: inherit }
  passes: { uses: ./.github/workflows/called.yml, with: { count: 3 }, secrets: { KEY: '\${{ secrets.OTHER }}' } }
  keeps: { uses: ./.github/workflows/called.yml, with: { count: 3 } }
  wrong: { uses: ./.github/workflows/called.yml, with: { count: many } }
  lacks: { uses: ./.github/workflows/called.yml }
  reads:
    ${JOB}
    needs: [inherits, passes, keeps]
    steps:
      - run: test "\${{ needs.inherits.outputs.seen }} \${{ needs.passes.outputs.seen }} \${{ needs.keeps.outputs.seen }}" = "8 5 0"
`;
const CALLED = `
on:
  workflow_call:
    inputs: { count: { type: number, required: true }, flag: { type: boolean, default: true } }
    outputs: { seen: { value: '\${{ jobs.work.outputs.seen }}' } }
permissions: { contents: write, issues: read }
jobs:
  work:
    ${JOB}
    outputs: { seen: '\${{ steps.it.outputs.seen }}' }
    steps:
      - run: test "\${{ toJSON(inputs.count) }}/\${{ inputs.flag && 'yes' }}" = 3/yes
      - id: it
        run: printf 'seen=%s\\n' "\${#KEY}" >> "$GITHUB_OUTPUT"
        env: { KEY: '\${{ secrets.KEY }}' }
`;

const NESTED = `
on: workflow_dispatch
jobs:
  use:
    ${JOB}
    steps:
      - uses: actions/checkout@v7
      - { uses: ./outer, id: outer, with: { name: Ada } }
      - run: test "\${{ steps.outer.outputs.text }}" = "inner got outer got Ada"
      - { uses: ./breaks, id: breaks, continue-on-error: true }
      - run: test "\${{ steps.breaks.outcome }}/\${{ steps.breaks.conclusion }}" = failure/success
      - { uses: actions/cache@v5, id: cache, with: { path: x, key: k } }
      - run: test "\${{ steps.cache.outputs.cache-hit }}" = false
`;
const OUTER = `
inputs: { name: { required: true } }
outputs: { text: { value: '\${{ steps.inner.outputs.text }}' } }
runs:
  using: composite
  steps:
    - { uses: ./inner, id: inner, with: { name: 'outer got \${{ inputs.name }}' } }
`;
const INNER = `
inputs: { name: { required: true } }
outputs: { text: { value: 'inner got \${{ inputs.name }}' } }
runs: { using: composite, steps: [{ shell: bash, run: 'test "\${{ inputs.name }}" = "outer got Ada"' }] }
`;
const BREAKS = `
runs:
  using: composite
  steps:
    - { shell: bash, run: 'false' }
    - { shell: bash, run: 'echo never said' }
`;

const SIGNALS = `
on: workflow_dispatch
jobs:
  polite:
    ${JOB}
    steps:
      - run: |
          trap 'echo "\${{ secrets.KEY }} interrupted"; exit 1' INT
          echo started
          while true; do sleep 0.05; done
      - { if: always(), run: 'echo cleaned up' }
      - { run: 'echo never said' }
`;

describe('an if condition', () => {
  const states = [
    { success: true, failure: false, cancelled: false },
    { success: false, failure: true, cancelled: false },
    { success: false, failure: false, cancelled: true },
    // What it needs was skipped.
    { success: false, failure: false, cancelled: false },
  ];

  it.each([
    [undefined, 'yes no no no'],
    ['', 'yes no no no'],
    ['true', 'yes no no no'],
    ['false', 'no no no no'],
    ['success()', 'yes no no no'],
    ['failure()', 'no yes no no'],
    ['cancelled()', 'no no yes no'],
    ['always()', 'yes yes yes yes'],
    ['!cancelled()', 'yes yes no yes'],
    ['!failure()', 'yes no yes yes'],
    ['failure() || cancelled()', 'no yes yes no'],
    ['always() && false', 'no no no no'],
    ['${{ always() }}', 'yes yes yes yes'],
    ["'always()'", 'yes no no no'],
  ])('%s holds after success, failure, cancel and skip: %s', (condition, expected) => {
    const held = states.map((state) =>
      evaluateCondition(condition, { ...state, contexts: {}, hashFiles: () => '' }),
    );

    expect(held.map((each) => (each ? 'yes' : 'no')).join(' ')).toBe(expected);
  });
});

describe('a concurrency group', () => {
  // Five come one after another, each leaves when the others are in: who ever ran?
  const arrive = async (queue: 'single' | 'max', cancelInProgress = false) => {
    const groups = openConcurrencyGroups();
    const ran: number[] = [];
    const cancelled: number[] = [];
    const enter = async (index: number) => {
      const leave = await groups.enter({
        group: index % 2 === 0 ? 'Deploy' : 'deploy',
        cancelInProgress,
        queue,
        cancel: () => cancelled.push(index),
        signal: new AbortController().signal,
      });
      if (leave === undefined) return;
      ran.push(index);
      await new Promise((resolve) => setImmediate(resolve));
      leave();
    };
    await Promise.all([1, 2, 3, 4, 5].map(enter));
    return { ran, cancelled };
  };

  it('lets the newest wait alone, or all in order, or ends the one that runs', async () => {
    expect(await arrive('single')).toEqual({ ran: [1, 5], cancelled: [] });
    expect(await arrive('max')).toEqual({ ran: [1, 2, 3, 4, 5], cancelled: [] });
    expect(await arrive('single', true)).toEqual({ ran: [1, 5], cancelled: [1, 1, 1, 1] });
  });
});

describe('the rules of the runner', () => {
  let github: ActionsWorld;
  let repository: Repository;

  beforeAll(async () => {
    github = await openActionsWorld({ maxParallelJobs: 4 });
    repository = await github.addRepository('demo', {
      '.github/workflows/fast.yml': MATRIX('max-parallel: 1'),
      '.github/workflows/slow.yml': MATRIX('max-parallel: 1, fail-fast: false'),
      '.github/workflows/forgiven.yml': FORGIVEN,
      '.github/workflows/caller.yml': CALLER,
      '.github/workflows/called.yml': CALLED,
      '.github/workflows/nested.yml': NESTED,
      '.github/workflows/signals.yml': SIGNALS,
      'outer/action.yml': OUTER,
      'inner/action.yml': INNER,
      'breaks/action.yml': BREAKS,
    });
    const now = new Date().toISOString();
    for (const [name, value] of [
      ['KEY', 'k-secret'],
      ['OTHER', 'other'],
    ] as const)
      repository.secrets.set(name, { name, value, createdAt: now, updatedAt: now });
  });
  afterAll(() => github.close());

  const conclusions = (jobs: readonly JobOutcome[]) =>
    Object.fromEntries(jobs.map((job) => [job.name, job.conclusion]));

  it('stops a matrix at its first failure unless fail-fast is off, and keeps to max-parallel', async () => {
    const fast = await github.dispatch(repository, 'fast.yml');
    const slow = await github.dispatch(repository, 'slow.yml');
    const times = github.service.runs
      .find(repository, slow.runId)
      ?.jobs.toSorted((a, b) => a.startedAt.localeCompare(b.startedAt));

    expect(conclusions(fast.jobs)).toEqual({
      'one (1)': 'failure',
      'one (2)': 'cancelled',
      'one (3)': 'cancelled',
    });
    expect(conclusions(slow.jobs)).toEqual({
      'one (1)': 'failure',
      'one (2)': 'success',
      'one (3)': 'success',
    });
    for (const [index, job] of (times ?? []).entries())
      if (index > 0) expect(job.startedAt >= (times?.[index - 1]?.completedAt ?? '~')).toBe(true);
  });

  it('goes on after a matrix job that was forgiven', async () => {
    const outcome = await github.dispatch(repository, 'forgiven.yml');

    expect(conclusions(outcome.jobs)).toEqual({
      'one (1)': 'failure',
      'one (2)': 'success',
      after: 'success',
    });
    expect(outcome.conclusion).toBe('success');
  });

  it('gives a reusable workflow typed inputs, the secrets it is passed, and at most the caller’s permissions', async () => {
    const outcome = await github.dispatch(repository, 'caller.yml');
    const work = outcome.jobs.find((job) => job.name === 'keeps / work');

    expect(conclusions(outcome.jobs)).toEqual({
      'inherits / work': 'success',
      'passes / work': 'success',
      'keeps / work': 'success',
      wrong: 'failure',
      lacks: 'failure',
      reads: 'success',
    });
    expect(await github.log(work?.id ?? 0)).toContain(
      'GITHUB_TOKEN permissions: {"contents":"read","issues":"read"}',
    );
  });

  it('nests composite actions, and forgives one as a whole', async () => {
    const outcome = await github.dispatch(repository, 'nested.yml');

    expect(outcome.conclusion).toBe('success');
    expect(await github.log(outcome.jobs[0]?.id ?? 0)).not.toContain('Z never said');
  });

  it('interrupts a step first, still runs always(), and hides secrets in every log there is', async () => {
    const id = await github.start(repository, 'signals.yml');
    const run = `/repos/octo/demo/actions/runs/${id}`;
    const job = () => github.service.runs.find(repository, id)?.jobs[0];
    const said = async (text: string) => {
      const { id: jobId } = job() ?? {};
      return jobId !== undefined && (await github.log(jobId)).includes(text);
    };
    while (!(await said('Z started'))) await new Promise((resolve) => setTimeout(resolve, 20));
    await github.api<object>('POST', `${run}/cancel`);
    await github.service.idle();
    const log = await github.log(job()?.id ?? 0);
    const location = (await github.api<object>('GET', `${run}/logs`)).headers.get('location') ?? '';
    const zip = unzipSync(new Uint8Array(await (await fetch(location)).arrayBuffer()));
    const whole = Buffer.from(zip['0_polite.txt'] ?? []).toString();

    expect(log).toContain('*** interrupted');
    expect(log).toContain('Z cleaned up');
    expect(log).not.toContain('Z never said');
    expect(whole).toBe(log);
    expect(Object.keys(zip)).toContain('polite/3_Run echo cleaned up.txt');
    for (const bytes of Object.values(zip))
      expect(Buffer.from(bytes).toString()).not.toContain('k-secret');
  });
});
