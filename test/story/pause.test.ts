import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Stage } from '#cli/demo/journey.ts';
import { askFor, findRun, fullName, untilWithPeople } from '#cli/demo/journey.ts';
import { people } from '#cli/demo/shop.ts';
import { until } from '#cli/demo/until.ts';
import type { SeedRepository } from '#local/seed/seed.ts';
import { policyPath } from '#model/names.ts';
import type { Run, RunState } from '#model/run.ts';
import { listEntriesOfRun } from '#postgres/ledger-store.ts';
import { agents, seedSmall } from './a-small-repository.ts';
import type { Story } from './a-story.ts';
import { openStory } from './a-story.ts';
import { quiet } from './late-mail.ts';
import { readBranches, readComments } from './what-people-read.ts';

const both = `${agents.fix} && ${agents.addTest}`;
const slowly = `sleep 60 && ${both}`;

let story: Story;
let keyFile: string;
let folder: string;

beforeAll(async () => {
  story = await openStory(async (caller) => [
    seedSmall({ name: 'busy', agent: slowly }, caller),
    seedSmall({ name: 'asked', agent: both }, caller),
    seedSmall({ name: 'ruled', agent: slowly }, caller),
    seedSmall({ name: 'removed', agent: slowly }, caller),
    withSecondIssue(seedSmall({ name: 'line', agent: both, parallel: 1 }, caller)),
  ]);
  folder = await mkdtemp(join(tmpdir(), 'sallyport-pause-'));
  keyFile = join(folder, 'app.pem');
  await writeFile(keyFile, story.factory.github.app?.privateKeyPem ?? '', { mode: 0o600 });
}, 60_000);
afterAll(async () => {
  await story.close();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

function withSecondIssue(repository: SeedRepository): SeedRepository {
  const [first] = repository.issues ?? [];
  if (!first) throw new Error('expected an issue');
  return { ...repository, issues: [first, { ...first, title: 'The same, seen by somebody else' }] };
}

/** The command line, as an operator on the machine of the App uses it. */
async function sallyport(...words: string[]): Promise<{ code: number | null; out: string }> {
  const { app, github } = story.factory;
  const child = spawn(process.execPath, ['src/main.ts', ...words], {
    cwd: new URL('../../', import.meta.url),
    env: {
      PATH: process.env.PATH ?? '',
      PORT: new URL(app.url).port,
      SALLYPORT_URL: app.url,
      APP_ID: String(github.app?.id),
      PRIVATE_KEY_PATH: keyFile,
      SALLYPORT_RELEASES: '0'.repeat(40),
    },
  });
  let out = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      out += String(chunk);
    });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, out };
}

const untilState = (stage: Stage, ...states: RunState[]): Promise<Run> =>
  until(
    `issue #1 of ${stage.repository.name} to be ${states.join(' or ')}`,
    stage.limitMs,
    async () => {
      const run = await findRun(stage, 1);
      return run && states.includes(run.state) ? run : undefined;
    },
  );

/** What a run leaves when it is stopped: no job, no session, no branch, and a word about it. */
async function expectAtRest(stage: Stage, run: Run): Promise<void> {
  await until('the workflow run to be over', stage.limitMs, async () => {
    const entries = await listEntriesOfRun(story.factory.app.edges.database, run.id);
    return entries.some((entry) => entry.kind === 'dispatch.ended') ? true : undefined;
  });
  const alive = await story.factory.app.edges.database.query(
    'select 1 as one from session where run_id = $1 and revoked_at is null',
    [run.id],
  );
  expect(alive).toEqual([]);
  expect(await readBranches(stage)).toEqual(['main']);
}

describe('a pause', () => {
  it('stop:closed: stops what runs, holds what is asked for, and lets that go on when it is lifted', async () => {
    const [busy, asked] = [story.stage('busy'), story.stage('asked')];
    await askFor(busy, 1);
    await untilState(busy, 'working');

    const paused = await sallyport('pause', '--all', '--because', 'the owner sleeps', '--json');
    const stopped = await untilState(busy, 'cancelled');
    await expectAtRest(busy, stopped);
    await askFor(asked, 1);
    const held = await untilState(asked, 'held');
    await quiet(story.factory);
    const page = await (await fetch(`${story.factory.app.url}/runs`)).text();
    const resumed = await sallyport('resume', '--all');
    const done = await untilWithPeople(asked, 1);

    expect(paused).toMatchObject({ code: 0 });
    expect(JSON.parse(paused.out)).toEqual({ scope: 'app', stopped: [stopped.id] });
    expect(stopped.because).toBe('all of Sallyport was paused: the owner sleeps');
    const [comment] = await readComments(busy, 1);
    expect(comment).toMatch(/stopped.* was paused: the owner sleeps.* has ended \\\(cancelled\\\)/);
    expect(held.because).toMatch(/waits for whoever paused all of Sallyport to resume it/);
    expect(held.workflowRunId).toBeNull();
    expect(page).toContain('all of Sallyport, since');
    expect(resumed).toMatchObject({ code: 0, out: 'app goes on\n' });
    expect(done).toMatchObject({ id: held.id, state: 'in_review' });
  }, 180_000);

  it('is lifted once, and says which scopes there are', async () => {
    expect(await sallyport('resume', '--all')).toEqual({
      code: 2,
      out: 'sallyport: expected a pause of app, but there is none\n',
    });
    expect(await sallyport('pause', '--repository', 'nobody/nothing')).toMatchObject({
      code: 2,
      out: expect.stringContaining('give its numeric id'),
    });
    expect(await sallyport('pause', '--run', '5')).toMatchObject({
      code: 2,
      out: expect.stringContaining('expected app, installation:ID'),
    });
    expect(await sallyport('pause')).toEqual({ code: 0, out: 'nothing is paused\n' });
  }, 60_000);

  it('is nothing that a page of another site could set', async () => {
    const body = '{"scope":"repository:1"}';

    expect(await send('PUT', 'evil.test', body)).toBe(401);
    expect(await send('POST', '127.0.0.1', body)).toBe(405);
    expect(await send('PUT', '127.0.0.1', '{"scope":"everything"}')).toBe(422);
    expect(await send('PUT', '127.0.0.1', body)).toBe(201);
    expect(await send('DELETE', 'evil.test', body)).toBe(401);
    expect(await send('DELETE', '127.0.0.1', body)).toBe(200);
  });
});

/** The status of a request that names the App by this host. */
function send(method: string, host: string, body: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = {
      host,
      connection: 'close',
      'content-type': 'application/json',
      'content-length': body.length,
    };
    const sent = request(`${story.factory.app.url}/v1/pauses`, { method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.once('error', reject).end(body);
  });
}

describe('a limit', () => {
  it('lets the second wait for its turn, says so, and starts it when the first leaves its place', async () => {
    const stage = story.stage('line');
    await askFor(stage, 1);
    await untilState(stage, 'working');
    await askFor(stage, 2);
    const waiting = await until('the second to wait', stage.limitMs, async () => {
      const run = await findRun(stage, 2);
      return run?.state === 'held' ? run : undefined;
    });
    const first = await untilWithPeople(stage, 1);
    const second = await untilWithPeople(stage, 2);

    const sentence = 'this would be 2 runs at once in this repository, at most 1 are allowed';
    expect(waiting.because).toBe(`waits for its turn: ${sentence}`);
    expect(waiting.workflowRunId).toBeNull();
    expect([first.state, second.state]).toEqual(['in_review', 'in_review']);
    expect(second.id).toBe(waiting.id);
    expect(await readComments(stage, 2)).toContainEqual(expect.stringContaining('Started.'));
  }, 180_000);
});

describe('what takes a run’s ground away', () => {
  it('stop:closed: a policy that changes at the default branch stops the agent', async () => {
    const stage = story.stage('ruled');
    await askFor(stage, 1);
    await untilState(stage, 'working');
    await changePolicy(stage);

    const run = await untilState(stage, 'cancelled');

    expect(run.because).toContain('no longer the one at the default branch');
    await expectAtRest(stage, run);
  }, 120_000);

  it('stop:closed: so does a repository that is taken from the installation', async () => {
    const stage = story.stage('removed');
    const { github } = story.factory;
    await askFor(stage, 1);
    const { installationId } = await untilState(stage, 'working');
    github.admin.removeRepositories(installationId, [fullName(stage)], people.maintainer.login);

    const run = await untilState(stage, 'cancelled');

    expect(run.because).toBe('the installation was changed: removed');
  }, 120_000);
});

/** An administrator writes another policy past the protection of main. */
async function changePolicy(stage: Stage): Promise<void> {
  const { owner, name } = stage.repository;
  const { github, person } = story.factory;
  github.world.repositoryByName(owner, name)?.protections.delete('main');
  const path = `/repos/${fullName(stage)}/contents/${policyPath}`;
  const maintainer = person(people.maintainer.login);
  const { sha, content } = await maintainer.get<{ sha: string; content: string }>(path);
  const text = Buffer.from(content, 'base64').toString();
  await maintainer.send('PUT', path, {
    message: 'Change the rules',
    content: Buffer.from(`${text}\n# changed\n`).toString('base64'),
    sha,
  });
}
