import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Repository } from '#local/record/repository.ts';
import { type ActionsWorld, type JobOutcome, openActionsWorld } from './actions-world.ts';

const SLOW = `
on: workflow_dispatch
jobs:
  slow:
    runs-on: ubuntu-latest
    steps:
      - name: tree
        run: |
          sleep 98765 &
          setsid sleep 98766 &
          (trap '' INT; sleep 98767) &
          echo started
          wait
      - { name: after, run: 'true' }
      - { name: cleanup, if: cancelled(), run: 'true' }
`;

const AFTERWARDS = `
on: workflow_dispatch
jobs:
  slow: { runs-on: ubuntu-latest, steps: [{ run: 'echo started; sleep 98769' }] }
  stubborn:
    if: always()
    runs-on: ubuntu-latest
    steps: [{ run: 'while ! test -f "\${{ vars.FLAG }}"; do sleep 0.02; done' }]
  next: { needs: slow, runs-on: ubuntu-latest, steps: [{ run: 'true' }] }
  report: { needs: slow, if: always(), runs-on: ubuntu-latest, steps: [{ run: 'test "\${{ needs.slow.result }}" = cancelled && touch "\${{ vars.FLAG }}"' }] }
  tidy: { needs: slow, if: cancelled(), runs-on: ubuntu-latest, steps: [{ run: 'true' }] }
  mend: { needs: slow, if: failure(), runs-on: ubuntu-latest, steps: [{ run: 'true' }] }
`;

const DISPATCH = `
name: Dispatch
run-name: for \${{ inputs.count }}
on:
  workflow_dispatch:
    inputs:
      count: { type: number, required: true }
      dry: { type: boolean, default: true }
      mode: { type: choice, options: [fast, slow] }
jobs:
  typed:
    runs-on: ubuntu-latest
    steps:
      - run: test "\${{ toJSON(inputs.count) == '3' && inputs.dry == true }}" = true
      - run: test "\${{ github.event.inputs.dry }}/\${{ inputs.mode }}" = true/fast
      - run: test "\${{ github.run_attempt }}" = "$GITHUB_RUN_ATTEMPT"
`;

const PUSH = `
on:
  push: { branches: [main, 'release/*'] }
jobs:
  pushed: { runs-on: ubuntu-latest, steps: [{ run: 'test "$GITHUB_EVENT_NAME" = push' }] }
`;

const GROUP = `
on: workflow_dispatch
concurrency: { group: one, cancel-in-progress: true }
jobs:
  held: { runs-on: ubuntu-latest, steps: [{ run: sleep 98765 }] }
`;

const QUEUE = (queue: string) => `
on: { workflow_dispatch: { inputs: { flag: { required: true } } } }
concurrency: { group: '\${{ github.workflow }}-\${{ github.ref }}', queue: ${queue} }
jobs:
  turn: { runs-on: ubuntu-latest, steps: [{ run: 'while ! test -f "$FLAG"; do sleep 0.02; done', env: { FLAG: '\${{ inputs.flag }}' } }] }
`;

const BROKEN = `
on: workflow_dispatch
jobs:
  a: { runs-on: ubuntu-latest, needs: b, steps: [{ run: 'true' }] }
`;

interface RunBody {
  readonly id: number;
  readonly status: string;
  readonly conclusion: string | null;
  readonly run_attempt: number;
  readonly display_title: string;
  readonly actor: { readonly login: string };
  readonly triggering_actor: { readonly login: string };
}

describe('control of runs', () => {
  let github: ActionsWorld;
  let repository: Repository;
  const base = '/repos/octo/demo/actions';

  beforeAll(async () => {
    github = await openActionsWorld();
    repository = await github.addRepository('demo', {
      '.github/workflows/slow.yml': SLOW,
      '.github/workflows/afterwards.yml': AFTERWARDS,
      '.github/workflows/dispatch.yml': DISPATCH,
      '.github/workflows/push.yml': PUSH,
      '.github/workflows/group.yml': GROUP,
      '.github/workflows/broken.yml': BROKEN,
      '.github/workflows/queue.yml': QUEUE('max'),
      '.github/workflows/single.yml': QUEUE('single'),
    });
  });
  afterAll(() => github.close());

  const run = async (id: number) => (await github.api<RunBody>('GET', `${base}/runs/${id}`)).body;
  const jobsOf = async (id: number) =>
    (await github.api<{ jobs: readonly JobOutcome[] }>('GET', `${base}/runs/${id}/jobs`)).body.jobs;
  const running = () => sleepers();

  it('kills the whole process tree on a cancel and still runs the cleanup', async () => {
    const id = await github.start(repository, 'slow.yml');
    await until(async () => (await running()).length === 3);
    const answer = await github.api<object>('POST', `${base}/runs/${id}/cancel`);
    await github.service.idle();

    expect(answer.status).toBe(202);
    expect((await run(id)).conclusion).toBe('cancelled');
    expect(await running()).toEqual([]);
    const [job] = await jobsOf(id);
    expect(job?.steps.slice(1, 4)).toMatchObject([
      { name: 'tree', conclusion: 'cancelled' },
      { name: 'after', conclusion: 'skipped' },
      { name: 'cleanup', conclusion: 'success' },
    ]);
  });

  it('asks each job’s if again on a cancel: always() goes on, cancelled() starts, force ends all', async () => {
    const conclusions = async (id: number) =>
      Object.fromEntries((await jobsOf(id)).map((job) => [job.name, job.conclusion]));
    const at = new Date().toISOString();
    const value = path.join(github.world.dataDir, 'afterwards');
    repository.variables.set('FLAG', { name: 'FLAG', value, createdAt: at, updatedAt: at });
    const start = async () => {
      const id = await github.start(repository, 'afterwards.yml');
      const begun = () => jobsOf(id).then((jobs) => jobs.filter((job) => job.runner_id !== null));
      await until(async () => (await begun()).length === 2);
      return id;
    };
    const cancelled = await start();
    await github.api<object>('POST', `${base}/runs/${cancelled}/cancel`);
    await github.service.idle();
    await rm(value);
    const forced = await start();
    await github.api<object>('POST', `${base}/runs/${forced}/force-cancel`);
    await github.service.idle();

    expect((await run(cancelled)).conclusion).toBe('cancelled');
    expect(await conclusions(cancelled)).toEqual({
      slow: 'cancelled',
      stubborn: 'success',
      next: 'skipped',
      report: 'success',
      tidy: 'success',
      mend: 'skipped',
    });
    expect((await run(forced)).conclusion).toBe('cancelled');
    expect(await conclusions(forced)).toMatchObject({
      slow: 'cancelled',
      stubborn: 'cancelled',
      report: 'cancelled',
      tidy: 'cancelled',
    });
  });

  it('kills at once on a forced cancel and refuses to cancel what has ended', async () => {
    const id = await github.start(repository, 'slow.yml');
    await until(async () => (await running()).length === 3);
    await github.api<object>('POST', `${base}/runs/${id}/force-cancel`);
    await github.service.idle();
    const again = await github.api<object>('POST', `${base}/runs/${id}/cancel`);

    expect((await run(id)).conclusion).toBe('cancelled');
    expect(await running()).toEqual([]);
    expect(again.status).toBe(409);
  });

  it('gives dispatch inputs their types and refuses what the file does not declare', async () => {
    const good = await github.dispatch(repository, 'dispatch.yml', { count: '3' });
    const refuse = async (inputs: object, ref = 'main') =>
      github.api<{ message: string }>('POST', `${base}/workflows/dispatch.yml/dispatches`, {
        ref,
        inputs,
      });
    const refused = [
      await refuse({}),
      await refuse({ count: '1', other: 'x' }),
      await refuse({ count: 'many' }),
      await refuse({ count: '1', mode: 'none' }),
      await refuse({ count: '1' }, 'no-such-branch'),
    ];

    expect(good.conclusion).toBe('success');
    expect((await run(good.runId)).display_title).toBe('for 3');
    expect(refused.map((each) => each.status)).toEqual([422, 422, 422, 422, 422]);
    expect(refused.map((each) => each.body.message).slice(0, 2)).toEqual([
      "Required input 'count' not provided",
      'Unexpected inputs provided: ["other"]',
    ]);
  });

  it('answers 204 without details and 404 for a workflow that does not exist', async () => {
    const url = `${base}/workflows/dispatch.yml/dispatches`;
    const silent = await github.api<object>('POST', url, { ref: 'main', inputs: { count: 1 } });
    const missing = await github.api<object>('POST', url.replace('dispatch.yml', 'no.yml'), {});
    await github.service.idle();

    expect([silent.status, missing.status]).toEqual([204, 404]);
  });

  it('repeats a run as a new attempt with new jobs and an actor of its own', async () => {
    const { runId, jobs } = await github.dispatch(repository, 'dispatch.yml', { count: '3' });
    const answer = await github.api<object>('POST', `${base}/runs/${runId}/rerun`);
    await github.service.idle();
    const second = await jobsOf(runId);

    expect(answer.status).toBe(201);
    expect(await run(runId)).toMatchObject({ run_attempt: 2, conclusion: 'success' });
    expect(second).toMatchObject([{ run_attempt: 2, conclusion: 'success' }]);
    expect(second[0]?.id).not.toBe(jobs[0]?.id);
    const first = await github.api<RunBody>('GET', `${base}/runs/${runId}/attempts/1`);
    expect(first.body).toMatchObject({ run_attempt: 1, conclusion: 'success' });
  });

  it('gives a job the id of its check run and tells the world in order', async () => {
    const { runId, jobs } = await github.dispatch(repository, 'dispatch.yml', { count: '3' });
    const check = repository.checkRuns.get(jobs[0]?.id ?? 0);
    const told = github.events
      .filter(({ payload }) => JSON.stringify(payload).includes(`/runs/${runId}`))
      .map(({ event, payload }) => `${event}.${String(payload.action)}`);

    expect(jobs[0]?.check_run_url).toBe(
      `${github.world.urls.rest}/repos/octo/demo/check-runs/${jobs[0]?.id}`,
    );
    expect(check).toMatchObject({ appId: 15368, status: 'completed', conclusion: 'success' });
    expect(told).toEqual([
      'workflow_run.requested',
      'workflow_run.in_progress',
      'workflow_job.queued',
      'check_run.created',
      'workflow_job.in_progress',
      'workflow_job.completed',
      'check_run.completed',
      'workflow_run.completed',
    ]);
  });

  it('starts push workflows for people and Apps, never for GITHUB_TOKEN', async () => {
    const sha = (
      await run((await github.dispatch(repository, 'dispatch.yml', { count: '3' })).runId)
    ).id;
    const [any] = github.service.runs.list(repository);
    const push = (login: string, ref: string) => {
      const sender = github.world.userByLogin(login);
      if (sender === undefined) throw new Error(login);
      const after = any?.headSha ?? '';
      github.world.emit('push', repository, sender, { ref, after, head_commit: { message: 'm' } });
    };
    const count = () =>
      github.service.runs.list(repository).filter((each) => each.event === 'push').length;
    push('github-actions[bot]', 'refs/heads/main');
    push('sallyport[bot]', 'refs/heads/other');
    push('sallyport[bot]', 'refs/sallyport/evidence/1');
    push('sallyport[bot]', 'refs/heads/main');
    await until(async () => count() > 0);
    await github.service.idle();

    expect(sha).toBeGreaterThan(0);
    expect(count()).toBe(1);
    expect(github.service.runs.list(repository)[0]).toMatchObject({ conclusion: 'success' });
  });

  it('lets a newer run of a concurrency group end the older one', async () => {
    const first = await github.start(repository, 'group.yml');
    await until(async () => (await run(first)).status === 'in_progress');
    const second = await github.start(repository, 'group.yml');
    await until(async () => (await run(first)).status === 'completed');
    await github.api<object>('POST', `${base}/runs/${second}/force-cancel`);
    await github.service.idle();

    expect((await run(first)).conclusion).toBe('cancelled');
    expect((await run(second)).conclusion).toBe('cancelled');
  });

  it.each([
    ['all in their order in a queue', 'queue.yml', ['success', 'success', 'success']],
    ['only the newest without one', 'single.yml', ['success', 'cancelled', 'success']],
  ])('lets those that wait for a concurrency group run: %s', async (_how, file, expected) => {
    const flag = path.join(github.world.dataDir, file);
    const ids: number[] = [];
    for (const _ of expected) {
      ids.push(await github.start(repository, file, { flag }));
      const status = ids.length === 1 ? 'in_progress' : 'pending';
      await until(async () => (await run(ids.at(-1) ?? 0)).status === status);
    }
    const waiting = await jobsOf(ids[2] ?? 0);
    await writeFile(flag, '');
    await github.service.idle();
    const ended = await Promise.all(ids.map(run));
    const jobs = (await Promise.all(ids.map(jobsOf))).flat();

    expect(waiting).toEqual([]);
    expect(ended.map((each) => each.conclusion)).toEqual(expected);
    const times = jobs.flatMap((job) => [job.started_at, job.completed_at]);
    expect(times).toEqual(times.toSorted());
  });

  it('refuses to dispatch a file whose jobs cannot be ordered, and says why', async () => {
    const answer = await github.api<{ message: string }>(
      'POST',
      `${base}/workflows/broken.yml/dispatches`,
      { ref: 'main' },
    );

    expect(answer.status).toBe(422);
    expect(answer.body.message).toContain('there is no job "b" in this file');
  });
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

// The seconds are a mark that no other process on the machine carries.
async function sleepers(): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => /^sleep\0(98765|98766|98767)\0/.test(line));
}
