import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openReceiver } from '../local/api-world.ts';
import { appJwt } from './app-jwt.ts';
import { type GitHubProcess, startGitHubProcess } from './github-process.ts';

const run = promisify(execFile);
const widgets = '/repos/acme/widgets';
const pack = `on: { push: { branches: [main] } }
jobs:
  pack:
    runs-on: ubuntu-latest
    steps:
      - run: echo packed > pack.txt
      - uses: actions/upload-artifact@v4
        with: { name: pack, path: pack.txt }
`;
let folder: string;
let data: string;
const started: GitHubProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'github-restart-'));
  data = join(folder, 'data');
});
afterAll(async () => {
  for (const each of started) await each.stop('SIGKILL').catch(() => undefined);
  await rm(folder, { recursive: true, force: true });
});

async function start(...args: string[]): Promise<GitHubProcess> {
  const github = await startGitHubProcess('--data', data, ...args);
  started.push(github);
  return github;
}

function git(dir: string, ...args: string[]) {
  const who = ['-c', 'user.name=Rene', '-c', 'user.email=rene@example.com'];
  const env = { PATH: process.env.PATH, HOME: folder, GIT_CONFIG_NOSYSTEM: '1' };
  return run('git', ['-C', dir, ...who, ...args], { env });
}

function gh(github: GitHubProcess, who: string, ...args: string[]) {
  return run('gh', args, {
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      GH_HOST: 'github.localhost',
      HTTP_PROXY: github.sheet.gitUrl,
      GH_TOKEN: github.sheet.tokens[who],
    },
  });
}

/** Wait until `ask` gives something; the limit is the test's own. */
async function until<T>(ask: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const answer = await ask().catch(() => undefined);
    if (answer) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Saved means: the file on disk says so. */
function untilSaved(text: string, file = 'state.json'): Promise<true> {
  return until(async () => {
    const kept = await readFile(join(data, file), 'utf8').catch(() => '');
    return kept.includes(text) ? true : undefined;
  });
}

/** What a client can see of the repository. Addresses hold the port, which stays the same here. */
async function picture(github: GitHubProcess, jwt: string, head: string) {
  const get = (path: string) => github.call('maintainer', 'GET', path);
  const app = (path: string) => github.call(jwt, 'GET', path);
  const { workflow_runs: runs } = await get(`${widgets}/actions/runs`);
  const issues = await get(`${widgets}/issues?state=all`);
  const deliveries = await app('/app/hook/deliveries?per_page=100');
  return {
    issues,
    comments: await get(`${widgets}/issues/1/comments`),
    events: await get(`${widgets}/issues/1/events`),
    pulls: await get(`${widgets}/pulls?state=all`),
    pull: await get(`${widgets}/pulls/4`),
    reviews: await get(`${widgets}/pulls/4/reviews`),
    checks: await get(`${widgets}/commits/${head}/check-runs`),
    branches: await get(`${widgets}/branches`),
    workflows: await get(`${widgets}/actions/workflows`),
    runs,
    jobs: await Promise.all(
      runs.map((each: { id: number }) => get(`${widgets}/actions/runs/${each.id}/jobs`)),
    ),
    artifacts: (await get(`${widgets}/actions/artifacts`)).artifacts,
    deliveries,
    delivery: await app(`/app/hook/deliveries/${deliveries[0].id}`),
    installation: await app(`${widgets}/installation`),
    keys: await (await fetch(`${github.sheet.gitUrl}/_oidc/.well-known/jwks`)).json(),
    users: await Promise.all(
      Object.keys(github.sheet.tokens).map((who) => github.call(who, 'GET', '/user')),
    ),
  };
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function download(github: GitHubProcess, artifact: number): Promise<Buffer> {
  const response = await fetch(
    `${github.sheet.restUrl}${widgets}/actions/artifacts/${artifact}/zip`,
    { headers: { authorization: `Bearer ${github.sheet.tokens.maintainer}` } },
  );
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

/** A branch with a commit, pushed over HTTP; its head. */
async function push(github: GitHubProcess, branch: string, text: string): Promise<string> {
  const clone = await mkdtemp(join(folder, 'clone-'));
  const address = github.sheet.gitUrl.replace('//', `//x:${github.sheet.tokens.reviewer}@`);
  await git(folder, 'clone', '-q', `${address}/acme/widgets.git`, clone);
  await git(clone, 'checkout', '-q', '-B', branch);
  await writeFile(join(clone, 'count.mjs'), text);
  await git(clone, 'commit', '-qam', `Change on ${branch}`);
  await git(clone, 'push', '-q', '-f', 'origin', branch);
  return (await git(clone, 'rev-parse', 'HEAD')).stdout.trim();
}

describe('sallyport github --data', () => {
  it('goes on after kill -9 with all that people and programs had made', async () => {
    const receiver = await openReceiver();
    const github = await start();
    const port = new URL(github.sheet.gitUrl).port;
    const jwt = await appJwt(github);
    await github.call(jwt, 'PATCH', '/app/hook/config', { url: receiver.url });

    await github.call('maintainer', 'PUT', `${widgets}/contents/.github/workflows/pack.yml`, {
      message: 'ci: pack',
      content: Buffer.from(pack).toString('base64'),
    });
    const head = await push(github, 'fix', 'export const count = (widgets) => widgets.length;\n');
    await gh(github, 'reviewer', 'issue', 'comment', '1', '-R', 'acme/widgets', '-b', 'On it.');
    await gh(
      github,
      'maintainer',
      'issue',
      'edit',
      '2',
      '-R',
      'acme/widgets',
      '--add-label',
      'bug',
    );
    await github.call('reviewer', 'POST', `${widgets}/pulls`, {
      title: 'Count right',
      head: 'fix',
      base: 'main',
    });
    await github.call('maintainer', 'POST', `${widgets}/pulls/4/reviews`, {
      event: 'APPROVE',
      commit_id: head,
    });
    const installation = await github.call(jwt, 'GET', `${widgets}/installation`);
    const { token } = await github.call(
      jwt,
      'POST',
      `/app/installations/${installation.id}/access_tokens`,
    );
    await github.call(token, 'POST', `${widgets}/check-runs`, {
      name: 'lint',
      head_sha: head,
      status: 'completed',
      conclusion: 'success',
    });
    const run = await until(async () => {
      const { workflow_runs: runs } = await github.call(
        'maintainer',
        'GET',
        `${widgets}/actions/runs`,
      );
      return runs.length === 4 &&
        runs.every((each: { status: string }) => each.status === 'completed')
        ? runs[0]
        : undefined;
    });
    const log = await github.call('maintainer', 'GET', `${widgets}/actions/runs/${run.id}/jobs`);
    await github.call('requester', 'POST', `${widgets}/issues/1/comments`, {
      body: 'The last word.',
    });
    await untilSaved('The last word.');
    await untilQuiet(github, jwt);
    const before = await picture(github, jwt, head);
    const packed = await download(github, before.artifacts[0].id);
    await github.stop('SIGKILL');

    const again = await start('--port', port);

    expect(again.sheet).toEqual(github.sheet);
    expect(await picture(again, jwt, head)).toEqual(before);
    expect(before.artifacts).toMatchObject([{ name: 'pack', expired: false }]);
    expect(await download(again, before.artifacts[0].id)).toEqual(packed);
    expect(before.deliveries.length).toBeGreaterThan(5);
    expect(
      await again.call('maintainer', 'GET', `${widgets}/actions/jobs/${log.jobs[0].id}/logs`),
    ).toContain('node --check count.mjs');
    // The App's short token is good for the rest of its hour.
    expect(await again.call(token, 'GET', '/installation/repositories')).toMatchObject({
      total_count: 1,
    });
    const merged = await gh(
      again,
      'maintainer',
      'pr',
      'merge',
      '4',
      '-R',
      'acme/widgets',
      '--squash',
    );
    expect(merged.stderr).not.toContain('failed');
    const next = await again.call('requester', 'POST', `${widgets}/issues`, { title: 'More' });
    expect(next.number).toBe(5);
    await again.stop('SIGTERM');
    await receiver.close();
  }, 120_000);

  it('ends a run that was cut off as cancelled, and says so in its log', async () => {
    data = join(folder, 'cut-off');
    const github = await start();
    const started = `${folder}/started`;
    const steps = `    steps: [{ run: 'echo $$ > ${started}; sleep 20' }, { run: 'true' }]\n`;
    await github.call('maintainer', 'PUT', `${widgets}/contents/.github/workflows/slow.yml`, {
      message: 'ci: be slow',
      content: Buffer.from(
        `on: workflow_dispatch\njobs:\n  slow:\n    runs-on: ubuntu-latest\n${steps}`,
      ).toString('base64'),
    });
    await github.call('maintainer', 'POST', `${widgets}/actions/workflows/slow.yml/dispatches`, {
      ref: 'main',
    });
    const pid = await until(async () => Number(await readFile(started, 'utf8')));
    const find = async (from: GitHubProcess) => {
      const path = `${widgets}/actions/workflows/slow.yml/runs`;
      return (await from.call('maintainer', 'GET', path)).workflow_runs[0];
    };
    const run = await find(github);
    expect(run.status).toBe('in_progress');
    await untilSaved(`"runId":${run.id}`);
    await github.stop('SIGKILL');

    expect(process.kill(pid, 0)).toBe(true);

    const again = await start();

    // What the job had started is ended with it.
    await until(async () => !isRunning(pid));
    expect(await find(again)).toMatchObject({
      id: run.id,
      status: 'completed',
      conclusion: 'cancelled',
    });
    const { jobs } = await again.call(
      'maintainer',
      'GET',
      `${widgets}/actions/runs/${run.id}/jobs`,
    );
    expect(jobs).toMatchObject([{ status: 'completed', conclusion: 'cancelled' }]);
    const check = await again.call('maintainer', 'GET', `${widgets}/check-runs/${jobs[0].id}`);
    expect(check).toMatchObject({ status: 'completed', conclusion: 'cancelled' });
    expect(
      await again.call('maintainer', 'GET', `${widgets}/actions/jobs/${jobs[0].id}/logs`),
    ).toContain('##[error]The local GitHub was restarted while this job ran: it was cancelled.');
    const next = await again.call('maintainer', 'POST', `${widgets}/actions/runs/${run.id}/rerun`);
    expect(next).toEqual({});
    await again.stop('SIGKILL');
  }, 60_000);

  it('is one process’s at a time', async () => {
    data = join(folder, 'shared');
    const github = await start();

    await expect(start()).rejects.toThrow(
      /^ended with 2: sallyport: the folder .*shared is in use by process \d+: end that one, or name another folder with --data\n$/,
    );

    expect(await github.call('requester', 'GET', widgets)).toMatchObject({ name: 'widgets' });
    expect(await github.stop('SIGINT')).toBe(0);
    const next = await start();
    await next.stop('SIGKILL');
    await (await start()).stop('SIGKILL');
  }, 60_000);

  it('takes a folder by a relative name, and says when it cannot be made', async () => {
    data = relative(process.cwd(), join(folder, 'relative'));
    const github = await start();
    await push(github, 'fix', 'export const count = 1;\n');
    await github.stop('SIGTERM');
    const again = await start();
    const branches = await again.call('reviewer', 'GET', `${widgets}/branches`);
    expect(branches).toHaveLength(2);
    await again.stop('SIGTERM');

    data = join(folder, 'relative', 'state.json', 'below');
    await expect(start()).rejects.toThrow(
      `ended with 2: sallyport: the folder ${data} cannot be made (ENOTDIR): name another with --data\n`,
    );
  }, 60_000);

  it('refuses a state that is cut off, in one sentence, and leaves it as it is', async () => {
    data = join(folder, 'cut');
    await (await start()).stop('SIGTERM');
    const file = join(data, 'state.json');
    const whole = await readFile(file, 'utf8');
    await writeFile(file, whole.slice(0, -100));

    await expect(start()).rejects.toThrow(
      /^ended with 2: sallyport: .*state\.json is not used: it is cut off or was changed[^\n]*\n$/,
    );

    expect(await readFile(file, 'utf8')).toBe(whole.slice(0, -100));
    await writeFile(file, whole);
    await (await start()).stop('SIGKILL');
  }, 60_000);
});

/** Deliveries are written after the answer of the request that caused them. */
async function untilQuiet(github: GitHubProcess, jwt: string): Promise<void> {
  const list = () => github.call(jwt, 'GET', '/app/hook/deliveries?per_page=100');
  await until(async () => {
    const [newest] = await list();
    await untilSaved(newest.guid, 'deliveries.jsonl');
    return (await list())[0].id === newest.id;
  });
}
