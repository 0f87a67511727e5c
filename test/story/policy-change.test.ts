import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { askFor, findRun, fullName } from '#cli/demo/journey.ts';
import { organization, people } from '#cli/demo/shop.ts';
import { until } from '#cli/demo/until.ts';
import { checks, policyPath } from '#model/names.ts';
import { agents, seedSmall } from './a-small-repository.ts';
import type { Story } from './a-story.ts';
import { openStory } from './a-story.ts';
import { quiet } from './late-mail.ts';
import { untilReceipt } from './what-people-read.ts';

interface Check {
  readonly id: number;
  readonly name: string;
  readonly conclusion: string;
  readonly output: { readonly title: string; readonly summary: string };
}

const valid =
  'version: 1\nagent: { use: command, run: "true", minutes: 7 }\nverify: { commands: [ { name: test, run: npm test } ] }\n';
let story: Story;
let pulls = 0;

beforeAll(async () => {
  story = await openStory(async (caller) => [
    seedSmall({ name: 'changes', agent: agents.fix }, caller),
  ]);
}, 60_000);
afterAll(() => story.close(), 60_000);

const person = () => story.factory.person(people.reviewer.login);
const path = (rest: string) => `/repos/${fullName(story.stage('changes'))}/${rest}`;

/** A commit with this entry on a new branch, and a pull request of it; its head. */
async function propose(entry: { path: string; mode?: string; content: string }): Promise<string> {
  pulls += 1;
  const base = await person().get<{ object: { sha: string } }>(path('git/ref/heads/main'));
  const tree = await person().send<{ sha: string }>('POST', path('git/trees'), {
    base_tree: base.object.sha,
    tree: [{ mode: '100644', type: 'blob', ...entry }],
  });
  const commit = await person().send<{ sha: string }>('POST', path('git/commits'), {
    message: 'chore: change',
    tree: tree.sha,
    parents: [base.object.sha],
  });
  await person().send('POST', path('git/refs'), {
    ref: `refs/heads/change-${pulls}`,
    sha: commit.sha,
  });
  await person().send('POST', path('pulls'), {
    title: 'Change it',
    head: `change-${pulls}`,
    base: 'main',
  });
  return commit.sha;
}

async function readCheck(sha: string): Promise<Check | undefined> {
  const { check_runs } = await person().get<{ check_runs: Check[] }>(
    path(`commits/${sha}/check-runs`),
  );
  return check_runs.find(({ name }) => name === checks.policy);
}

const untilCheck = (sha: string) => until('the policy check', 30_000, () => readCheck(sha));

describe('a pull request that changes the policy', () => {
  it('is told each mistake at its line, column and key', async () => {
    const sha = await propose({ path: policyPath, content: 'version: 1\nagent:\n  use: comand\n' });
    const check = await untilCheck(sha);
    const notes = await person().get<object[]>(path(`check-runs/${check.id}/annotations`));

    expect(check).toMatchObject({
      conclusion: 'failure',
      output: { title: `2 mistakes in ${policyPath}` },
    });
    expect(notes).toContainEqual(
      expect.objectContaining({
        path: policyPath,
        start_line: 3,
        start_column: 3,
        annotation_level: 'failure',
        title: 'agent.use',
        message:
          'expected "command" or "claude-code" or "codex" or "gemini" or "opencode", got "comand"',
      }),
    );
  }, 60_000);

  it('is told, when the file is valid, what it changes', async () => {
    const check = await untilCheck(await propose({ path: policyPath, content: valid }));

    expect(check.conclusion).toBe('success');
    expect(check.output.summary).toContain('- agent.minutes: 2 → 7');
  }, 60_000);

  it.each([
    ['a link', { mode: '120000', content: '../sum.mjs' }, 'a link or a folder'],
    ['too large', { content: `${valid}# ${'x'.repeat(70_000)}` }, 'bytes, over 65536'],
    ['binary', { content: 'version: 1\u0000' }, 'something binary'],
  ])(
    'text:hostile: is refused unread when the file is %s',
    async (_name, file, says) => {
      const check = await untilCheck(await propose({ path: policyPath, ...file }));

      expect(check).toMatchObject({
        conclusion: 'failure',
        output: { title: expect.stringContaining(says) },
      });
    },
    60_000,
  );

  it('gets no check, for one request, when it changes something else', async () => {
    await quiet(story.factory);
    const { github } = story.factory.app.edges;
    const before = github.requests().length;
    const sha = await propose({ path: 'sum.mjs', content: 'export const sum = 1;\n' });
    await quiet(story.factory);

    expect(await readCheck(sha)).toBeUndefined();
    expect(github.requests().length - before).toBeLessThanOrEqual(1);
  }, 60_000);
});

describe('a policy with a mistake at the default branch', () => {
  it('policy:from-base: refuses the run with its line; the last valid policy is not used', async () => {
    const stage = story.stage('changes');
    const { owner, name } = stage.repository;
    story.factory.github.world.repositoryByName(owner, name)?.protections.delete('main');
    const kept = await person().get<{ sha: string; content: string }>(contents);

    const broken = await push('version: 1\nagent:\n  use: comand\n', kept.sha);
    await askFor(stage, 1);
    expect(await untilReceipt(stage)).toMatch(/line 3, column 3, agent\.use: expected/);
    expect(await findRun(stage, 1)).toBeUndefined();

    // The same file as before, repaired: the same label starts a run.
    await push(Buffer.from(kept.content, 'base64').toString('utf8'), broken);
    await person().send('DELETE', path('issues/1/labels/sallyport'));
    await askFor(stage, 1);
    expect(await until('a run', stage.limitMs, () => findRun(stage, 1))).toBeDefined();
  }, 120_000);
});

const contents = `/repos/${organization}/changes/contents/${policyPath}`;

/** Write the policy at the default branch; the new file's name. */
async function push(text: string, sha: string): Promise<string> {
  const written = await person().send<{ content: { sha: string } }>('PUT', contents, {
    message: 'chore: policy',
    sha,
    content: Buffer.from(text).toString('base64'),
  });
  return written.content.sha;
}
