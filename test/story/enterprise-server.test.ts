import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { askFor, untilWithPeople } from '#cli/demo/journey.ts';
import type { Run } from '#model/run.ts';
import { listEntriesOfRun } from '#postgres/ledger-store.ts';
import { agents, seedSmall } from './a-small-repository.ts';
import type { Story } from './a-story.ts';
import { openStory } from './a-story.ts';
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
