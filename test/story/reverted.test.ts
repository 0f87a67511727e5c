import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Stage } from '#cli/demo/journey.ts';
import { askFor, findRun, fullName, untilGate, untilWithPeople } from '#cli/demo/journey.ts';
import { approve, merge } from '#cli/demo/people.ts';
import type { SeedRepository } from '#local/seed/seed.ts';
import {
  command,
  maintainer,
  outsider,
  readAnswer,
  second,
  seedTalk,
  untilState,
  works,
} from './a-conversation.ts';
import type { Story } from './a-story.ts';
import { openStory } from './a-story.ts';
import { quiet } from './late-mail.ts';
import { readComments } from './what-people-read.ts';

let story: Story;
const at = (name: string): Stage => story.stage(name);
const person = (login: string) => story.factory.person(login);

beforeAll(async () => {
  story = await openStory(async (caller) => [seedOneADay('undone', caller)]);
}, 60_000);
afterAll(() => story.close(), 60_000);

/** #2 is blocked by #1, and only one run starts in a day: what #1 releases waits for its turn. */
function seedOneADay(name: string, caller: string): SeedRepository {
  const seed = seedTalk(name, works, caller);
  const { source } = seed;
  if (source?.kind !== 'files') throw new Error('a small repository is written as files');
  const path = '.github/sallyport.yml';
  const policy = JSON.parse(String(source.files[path]?.content));
  const content = JSON.stringify({ ...policy, limits: { runs_per_day: 1 } });
  return {
    ...seed,
    protections: [],
    source: { ...source, files: { ...source.files, [path]: { content } } },
  };
}

/** A commit on the default branch that says it takes another back. */
async function pushRevert(stage: Stage, sha: string): Promise<void> {
  const path = `/repos/${fullName(stage)}/git`;
  const by = person(maintainer);
  const tree = await by.send<{ sha: string }>('POST', `${path}/trees`, {
    base_tree: sha,
    tree: [{ path: 'sum.mjs', mode: '100644', type: 'blob', content: 'export const sum = 0;\n' }],
  });
  const commit = await by.send<{ sha: string }>('POST', `${path}/commits`, {
    message: `Revert "Sums are differences"\n\nThis reverts commit ${sha}.`,
    tree: tree.sha,
    parents: [sha],
  });
  await by.send('PATCH', `${path}/refs/heads/main`, { sha: commit.sha });
}

describe('a merge that is taken back', () => {
  it('is noted with its run, and what it released waits for a person', async () => {
    const stage = at('undone');
    await askFor(stage, 1);
    const run = await untilWithPeople(stage, 1);
    await askFor(stage, 2);
    await untilState(stage, 2, 'held');
    const { pull, headSha } = run as { pull: number; headSha: string };
    await approve(person(second), fullName(stage), pull, headSha);
    await untilGate(stage, headSha, 'success');
    const merged = await merge(person(maintainer), fullName(stage), pull, headSha);
    await untilState(stage, 1, 'settled');
    await quiet(story.factory);
    expect((await findRun(stage, 2))?.because).toMatch(/^waits for its turn: this would be 2 runs/);

    await pushRevert(stage, merged.sha);
    await quiet(story.factory);
    expect(await findRun(stage, 1)).toMatchObject({
      state: 'settled',
      because: expect.stringMatching(/^its merge was reverted by commit [0-9a-f]{7}, by mara$/),
    });
    expect(await findRun(stage, 2)).toMatchObject({
      state: 'held',
      because: '#1 was merged and then reverted',
    });
    await command(stage, outsider, '/sallyport why');
    expect(await readAnswer(stage)).toContain('its merge was reverted by commit');
    const said = (await readComments(stage, 2)).join('\n').replaceAll('\\', '');
    expect(said).toContain('needs a person');
    expect(said).toContain('was merged and then reverted');

    // Asked for afresh it waits as well: the issue that blocks it is closed, and its work is undone.
    await command(stage, maintainer, '/sallyport stop', 2);
    await command(stage, maintainer, '/sallyport run', 2);
    const again = await untilState(stage, 2, 'held');
    expect(again.because).toContain('#1 was merged and then reverted: remove the edge, or approve');
  }, 180_000);
});
