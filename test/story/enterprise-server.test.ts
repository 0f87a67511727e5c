import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { askFor, fullName, readChecks, untilGate, untilWithPeople } from '#cli/demo/journey.ts';
import { approve } from '#cli/demo/people.ts';
import { people } from '#cli/demo/shop.ts';
import { checks } from '#model/names.ts';
import type { Run } from '#model/run.ts';
import { listEntriesOfRun } from '#postgres/ledger-store.ts';
import { agents, seedSmall } from './a-small-repository.ts';
import type { Story } from './a-story.ts';
import { openStory } from './a-story.ts';
import { quiet } from './late-mail.ts';
import { readComments } from './what-people-read.ts';

let story: Story;
let run: Run;

beforeAll(async () => {
  const agent = `${agents.fix} && ${agents.addTest}`;
  const repositories = async (caller: string) => [seedSmall({ name: 'own', agent }, caller)];
  story = await openStory(repositories, [], { enterpriseServer: true });
  const stage = story.stage('own');
  await askFor(stage, 1);
  run = await untilWithPeople(stage, 1);
}, 200_000);
afterAll(() => story.close(), 60_000);

describe('on a GitHub Enterprise Server, whose tokens do not name their job', () => {
  it('the work is done and proven, by a run that GitHub did not name when it was asked for', async () => {
    expect(run).toMatchObject({ state: 'in_review' });
    const dispatches = story.factory.github
      .requests()
      .filter(({ path }) => path.endsWith('/dispatches'))
      .map(({ status }) => status);
    expect(dispatches).toEqual([422, 204]);
  });

  it('the ledger says of each exchange that the job was not signed, and whose it was taken for', async () => {
    const entries = await listEntriesOfRun(story.factory.app.edges.database, run.id);
    const exchanged = entries.filter(({ kind }) => kind === 'broker.exchanged');

    expect(exchanged.map(({ facts }) => [facts.phase, facts.assurance])).toEqual([
      ['agent', 'reduced'],
      ['report', 'reduced'],
    ]);
    expect(new Set(exchanged.map(({ facts }) => facts.checkRunId)).size).toBe(2);
  });

  it('the proof and the inventory say that the assurance is reduced', async () => {
    const proof = await readComments(story.stage('own'), run.pull ?? 0);
    const page = await (await fetch(`${story.factory.app.url}/inventory`)).text();

    expect(proof.join('\n')).toContain('Reduced assurance: this GitHub does not sign which job');
    expect(page).toContain('Reduced assurance: this GitHub does not sign');
  });
});

describe('the change is the App’s, and whoever asked for it is named in it', () => {
  it('review:no-self: GitHub takes the requester’s approval, the gate does not; somebody else’s opens it', async () => {
    const stage = story.stage('own');
    const [head, pull] = [run.headSha ?? '', run.pull ?? 0];
    const asker = story.factory.person(people.maintainer.login);
    const { commit, author } = await asker.get<{
      commit: { message: string };
      author: { login: string };
    }>(`/repos/${fullName(stage)}/commits/${head}`);

    await approve(asker, fullName(stage), pull, head);
    await quiet(story.factory);
    const before = await readChecks(stage, head);
    await approve(story.factory.person(people.reviewer.login), fullName(stage), pull, head);
    await untilGate(stage, head, 'success');

    expect(run.requester.login).toBe(people.maintainer.login);
    expect(author.login).toBe('sallyport[bot]');
    expect(commit.message).toMatch(
      /^Co-authored-by: mara <\d+\+mara@users\.noreply\.github\.com>$/m,
    );
    expect(before[checks.review]).toBe('action_required');
  }, 60_000);

  it('review:no-self: under the requester’s own name GitHub would not take the approval at all', async () => {
    const stage = story.stage('own');
    const asker = story.factory.person(people.maintainer.login);
    const repository = fullName(stage);
    await asker.send('POST', `/repos/${repository}/git/refs`, {
      ref: 'refs/heads/by-mara',
      sha: run.headSha,
    });
    const { number } = await asker.send<{ number: number }>('POST', `/repos/${repository}/pulls`, {
      title: 'The same, by Mara',
      head: 'by-mara',
      base: 'main',
    });

    await expect(approve(asker, repository, number, run.headSha ?? '')).rejects.toThrow('422');
    // Nor is it a way around: nobody approved this one, and the check is the commit’s.
    await untilGate(stage, run.headSha ?? '', 'action_required');
  }, 60_000);
});
