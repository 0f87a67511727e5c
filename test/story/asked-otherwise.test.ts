import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Stage } from '#cli/demo/journey.ts';
import { findRun, fullName } from '#cli/demo/journey.ts';
import { until } from '#cli/demo/until.ts';
import type { SeedRepository } from '#local/seed/seed.ts';
import {
  command,
  maintainer,
  outsider,
  readAnswer,
  untilRead,
  untilState,
} from './a-conversation.ts';
import { seedSmall } from './a-small-repository.ts';
import type { Story } from './a-story.ts';
import { openStory, triager } from './a-story.ts';
import { heard, lateMail, postAgain, quiet } from './late-mail.ts';
import { readComments } from './what-people-read.ts';

// Other ways to ask for work than a label: the App is assigned, an issue is moved on a board. And what
// is below an issue, which it waits for.

const bot = 'sallyport[bot]';
const ways = [
  { label: 'sallyport', role: 'write' },
  { assigned: true, role: 'write' },
  { project_status: 'Ready', project: 2, role: 'write' },
];

let story: Story;
const at = (name: string): Stage => story.stage(name);
const person = (login: string) => story.factory.person(login);

beforeAll(async () => {
  story = await openStory(async (caller) => [
    seedAsked('many-ways', ways, caller),
    seedAsked('disorder', ways, caller),
    seedAsked('labels-only', ways.slice(0, 1), caller),
    seedAsked('family', ways.slice(0, 1), caller),
    seedAsked('given-up', ways.slice(0, 1), caller),
  ]);
  story.factory.github.admin.offerAsAssignee('sallyport');
}, 60_000);
afterAll(() => story.close(), 60_000);

/** Two issues; the agent takes its time, so that there is somebody to stop. */
function seedAsked(name: string, triggers: readonly object[], caller: string): SeedRepository {
  const policy = JSON.stringify({
    version: 1,
    agent: { use: 'command', run: 'sleep 20', minutes: 2 },
    triggers,
    verify: { commands: [{ name: 'test', run: 'true' }] },
  });
  const seed = seedSmall({ name, agent: 'true', policy }, caller);
  const [first] = seed.issues ?? [];
  if (!first) throw new Error('a small repository has an issue');
  return { ...seed, issues: [first, { ...first, title: 'Products are sums' }] };
}

/** Whom the issue is assigned to from now on, as the menu on it says. */
function assign(stage: Stage, login: string, ...assignees: readonly string[]) {
  return person(login).send('PATCH', `/repos/${fullName(stage)}/issues/1`, { assignees });
}

function idOf(stage: Stage, issue: number): number | undefined {
  const { world } = story.factory.github;
  const { owner, name } = stage.repository;
  return world.repositoryByName(owner, name)?.issues.get(issue)?.id;
}

function move(stage: Stage, by: string, to: string, { project = 2, number = 1 } = {}) {
  const repository = fullName(stage);
  story.factory.github.admin.moveProjectItem({ repository, number, project, from: null, to, by });
}

describe('an issue that is assigned to the App', () => {
  it('starts nothing where the policy does not list it', async () => {
    const stage = at('labels-only');
    await assign(stage, maintainer, bot);
    await quiet(story.factory);

    expect(await findRun(stage, 1)).toBeUndefined();
    expect(await readAnswer(stage)).toBe('');
  });

  it('T-G7: starts nothing for somebody without the role, and says why', async () => {
    const stage = at('many-ways');
    await assign(stage, triager.login, bot);
    const text = await untilRead(stage, /Not started/);

    expect(text).toContain('but tess has the role triage');
    expect(await findRun(stage, 1)).toBeUndefined();
    await assign(stage, triager.login);
  });

  it('assigned to somebody else it asks GitHub nothing', async () => {
    const stage = at('many-ways');
    await quiet(story.factory);
    const { github } = story.factory.app.edges;
    const before = github.requests().length;
    await assign(stage, maintainer, maintainer);
    await quiet(story.factory);

    expect(github.requests().length).toBe(before);
  });

  it('starts for a maintainer, and stops when the App is taken off again', async () => {
    const stage = at('many-ways');
    await assign(stage, maintainer, bot);
    const run = await untilState(stage, 1, 'dispatched', 'working');
    expect(run.requester.login).toBe(maintainer);
    await command(stage, outsider, '/sallyport why');
    expect(await readAnswer(stage)).toContain('the issue is assigned to the App, as it was asked');

    await assign(stage, maintainer);
    const stopped = await untilState(stage, 1, 'cancelled');
    expect(stopped).toMatchObject({ id: run.id, because: 'the App was unassigned' });
  }, 60_000);

  it('delivery:any-order: starts nothing when it was taken off before it was told, in either order', async () => {
    const stage = at('disorder');
    const mail = await lateMail(story, async () => {
      await assign(stage, maintainer, bot);
      await assign(stage, maintainer);
    });
    expect(mail.map(({ action }) => action)).toEqual(['assigned', 'unassigned']);
    await postAgain(story, mail.toReversed());
    const text = await untilRead(stage, /Not started/);

    expect(text).toContain('expected that the issue is assigned to the App');
    expect(await findRun(stage, 1)).toBeUndefined();
  });

  it('delivery:any-order: an old removal does not stop it when the App is assigned again', async () => {
    const stage = at('disorder');
    const mail = await lateMail(story, async () => {
      await assign(stage, maintainer, bot);
      await assign(stage, maintainer);
      await assign(stage, maintainer, bot);
    });
    const [first, removal, again] = mail;
    if (!first || !removal || !again) throw new Error('expected three deliveries');
    await postAgain(story, [again]);
    const run = await untilState(stage, 1, 'dispatched', 'working');
    await postAgain(story, [removal, first]);
    // The agent is at work: only the App's own queue comes to rest.
    await heard(story.factory);

    const now = await findRun(stage, 1);
    expect(now?.id).toBe(run.id);
    expect(['dispatched', 'working']).toContain(now?.state);
    await command(stage, maintainer, '/sallyport stop');
  }, 60_000);
});

describe('an issue that is moved to a column of a project', () => {
  it('starts nothing in another column, in another project, and where the policy lists none', async () => {
    move(at('many-ways'), maintainer, 'Todo', { number: 2 });
    move(at('many-ways'), maintainer, 'Ready', { number: 2, project: 3 });
    move(at('labels-only'), maintainer, 'Ready', { number: 2 });
    await quiet(story.factory);

    expect(await findRun(at('many-ways'), 2)).toBeUndefined();
    expect(await findRun(at('labels-only'), 2)).toBeUndefined();
    expect(await readAnswer(at('labels-only'), 2)).toBe('');
  });

  it('T-G7: starts nothing for somebody without the role, and says why', async () => {
    const stage = at('many-ways');
    move(stage, outsider, 'Ready', { number: 2 });
    const text = await untilRead(stage, /Not started/, 2);

    expect(text).toContain('but quinn has the role read');
    expect(await findRun(stage, 2)).toBeUndefined();
  });

  it('starts nothing when it has left the column by the time it is asked about', async () => {
    const stage = at('many-ways');
    move(stage, maintainer, 'Ready', { number: 2 });
    move(stage, maintainer, 'Todo', { number: 2 });
    await quiet(story.factory);

    expect(await findRun(stage, 2)).toBeUndefined();
  });

  it('starts for a maintainer, with a token that reads projects and can write nothing', async () => {
    const stage = at('many-ways');
    move(stage, maintainer, 'Ready', { number: 2 });
    const run = await untilState(stage, 2, 'dispatched', 'working');
    expect(run.requester.login).toBe(maintainer);
    await command(stage, outsider, '/sallyport why', 2);
    expect(await readAnswer(stage, 2)).toContain('the issue has Status Ready in project 2');
    const wide = story.appTokens.filter((token) => token.repositoryIds === undefined);
    expect(wide.length).toBeGreaterThan(0);
    for (const { permissions } of wide) {
      expect(permissions).toEqual({
        issues: 'read',
        metadata: 'read',
        organization_projects: 'read',
      });
    }
    await command(stage, maintainer, '/sallyport stop', 2);
  }, 60_000);
});

describe('an issue with issues below it', () => {
  it('waits for the open ones, and starts when the last is completed', async () => {
    const stage = at('family');
    const path = `/repos/${fullName(stage)}/issues`;
    await person(maintainer).send('POST', `${path}/1/sub_issues`, {
      sub_issue_id: idOf(stage, 2),
    });
    await person(maintainer).send('POST', `${path}/1/labels`, { labels: ['sallyport'] });
    const held = await untilState(stage, 1, 'held');
    expect(held.because).toBe('waits for #2, which must be closed first');

    await person(maintainer).send('PATCH', `${path}/2`, {
      state: 'closed',
      state_reason: 'completed',
    });
    expect(await untilState(stage, 1, 'dispatched', 'working')).toMatchObject({ id: held.id });
    await command(stage, maintainer, '/sallyport stop');
  }, 60_000);

  it('starts when the last one is taken out, and needs a person when it was given up', async () => {
    const stage = at('given-up');
    const path = `/repos/${fullName(stage)}/issues`;
    const by = person(maintainer);
    await by.send('POST', `${path}/1/sub_issues`, { sub_issue_id: idOf(stage, 2) });
    await by.send('POST', `${path}/1/labels`, { labels: ['sallyport'] });
    const held = await untilState(stage, 1, 'held');
    await by.send('PATCH', `${path}/2`, { state: 'closed', state_reason: 'not_planned' });
    await until('a person to be asked for', stage.limitMs, async () => {
      const said = await readComments(stage, 1);
      return said.some((body) => body.includes('needs a person')) || undefined;
    });
    expect(await findRun(stage, 1)).toMatchObject({ id: held.id, state: 'held' });

    await by.send('DELETE', `${path}/1/sub_issue`, { sub_issue_id: idOf(stage, 2) });
    expect(await untilState(stage, 1, 'dispatched', 'working')).toMatchObject({ id: held.id });
    await command(stage, maintainer, '/sallyport stop');
  }, 60_000);
});
