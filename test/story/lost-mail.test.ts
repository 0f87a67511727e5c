import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Stage } from '#cli/demo/journey.ts';
import { askFor, findRun, fullName, readChecks, untilWithPeople } from '#cli/demo/journey.ts';
import { approve, merge, setLabel } from '#cli/demo/people.ts';
import { people } from '#cli/demo/shop.ts';
import { until } from '#cli/demo/until.ts';
import type { Run, RunState } from '#model/run.ts';
import { listEntriesOfKind } from '#postgres/ledger-store.ts';
import { listRuns } from '#postgres/run-store.ts';
import { onItsWayMs } from '#reconcile/find-missing.ts';
import { agents, seedSmall } from './a-small-repository.ts';
import type { Story } from './a-story.ts';
import { openStory, triager } from './a-story.ts';
import { quiet } from './late-mail.ts';

const both = `${agents.fix} && ${agents.addTest}`;

let story: Story;

beforeAll(async () => {
  story = await openStory(async (caller) => {
    const mail = seedSmall({ name: 'mail', agent: both }, caller);
    const [first] = mail.issues ?? [];
    if (!first) throw new Error('expected an issue');
    return [
      { ...mail, issues: [first, { ...first, title: 'Another one' }] },
      seedSmall({ name: 'slow', agent: `sleep 100 && ${both}` }, caller),
      seedSmall({ name: 'taken', agent: `sleep 100 && ${both}` }, caller),
    ];
  });
}, 60_000);
afterAll(() => story.close(), 60_000);

/** Mail this old is no longer taken to be on its way. */
const lateMs = onItsWayMs + 1_000;

/** Let something happen while GitHub's mail is lost. A job may go on meanwhile. */
async function lost(happen: () => Promise<unknown>): Promise<void> {
  const { github } = story.factory;
  const countLost = () => github.deliveries().filter(({ statusCode }) => statusCode === 0).length;
  const before = countLost();
  github.setFaults({ seed: 1, drop: 1 });
  await story.ago(lateMs, async () => {
    await happen();
    await until('the mail to be lost', 30_000, async () =>
      countLost() > before ? true : undefined,
    );
  });
  github.setFaults(null);
}

/** Compare with GitHub, again and again, until something is so. */
const untilHealed = <T>(
  what: string,
  stage: Stage,
  look: () => Promise<T | undefined>,
): Promise<T> =>
  until(what, stage.limitMs, async () => {
    await story.factory.app.reconcile();
    return look();
  });

const untilState = (stage: Stage, issue: number, ...states: RunState[]): Promise<Run> =>
  untilHealed(`issue #${issue} to be ${states.join(' or ')}`, stage, async () => {
    const run = await findRun(stage, issue);
    return run && states.includes(run.state) ? run : undefined;
  });

describe('mail that is lost', () => {
  it('delivery:any-order: a label, an approval and a merge that nobody told of end as they would have', async () => {
    const stage = story.stage('mail');
    const person = (login: string) => story.factory.person(login);
    await lost(() => askFor(stage, 1));
    expect(await findRun(stage, 1)).toBeUndefined();

    await untilHealed('the lost label to start a run', stage, () => findRun(stage, 1));
    const run = await untilWithPeople(stage, 1);
    const { pull, headSha } = run;
    if (pull === null || headSha === null) throw new Error('expected a pull request');
    await lost(() => approve(person(people.reviewer.login), fullName(stage), pull, headSha));
    await untilHealed('the gate to see the approval', stage, async () =>
      (await readChecks(stage, headSha))['sallyport / review'] === 'success' ? true : undefined,
    );
    await lost(() => merge(person(people.maintainer.login), fullName(stage), pull, headSha));
    await untilState(stage, 1, 'settled');
    await quiet(story.factory);

    const runs = await listRuns(story.factory.app.edges.database);
    expect(runs.filter(({ repository }) => repository.name === 'mail')).toHaveLength(1);
  }, 300_000);

  it('A2: starts nothing for a triager whose label was lost, and something for a maintainer', async () => {
    const stage = story.stage('mail');
    const triage = story.factory.person(triager.login);
    await lost(() => setLabel(triage, fullName(stage), 2, 'sallyport'));

    const denied = await untilHealed('the decision', stage, async () => {
      const decided = { kind: 'policy.decided', repositoryId: null } as const;
      const { database } = story.factory.app.edges;
      const entries = await listEntriesOfKind(database, decided, 0, 1000);
      return entries.find(({ facts }) => facts.issue === 2);
    });
    expect(denied.facts).toMatchObject({ verdict: 'deny', role: 'triage' });
    expect(await findRun(stage, 2)).toBeUndefined();

    const label = `/repos/${fullName(stage)}/issues/2/labels/sallyport`;
    const maintainer = story.factory.person(people.maintainer.login);
    await lost(async () => {
      await maintainer.send('DELETE', label);
      await askFor(stage, 2);
    });
    const run = await untilHealed('the run', stage, () => findRun(stage, 2));
    expect(run.requester.login).toBe(people.maintainer.login);
  }, 300_000);

  it('stop:closed: a label that goes, a repository that is taken out and an installation that ends stop a run, told or not', async () => {
    const stage = story.stage('slow');
    const taken = story.stage('taken');
    await askFor(taken, 1);
    const path = `/repos/${fullName(stage)}/issues/1/labels/sallyport`;
    await askFor(stage, 1);
    await untilState(stage, 1, 'working');
    await lost(() => story.factory.person(people.maintainer.login).send('DELETE', path));

    const stopped = await untilState(stage, 1, 'cancelled');

    expect(stopped.because).toBe('the label sallyport was removed');
    await askFor(stage, 1);
    const again = await untilState(stage, 1, 'working');
    expect(again.id).not.toBe(stopped.id);
    const { admin } = story.factory.github;
    await untilState(taken, 1, 'working');
    await lost(async () =>
      admin.removeRepositories(again.installationId, [fullName(taken)], people.maintainer.login),
    );
    expect((await untilState(taken, 1, 'cancelled')).because).toContain('changed: removed');
    await lost(async () =>
      story.factory.github.admin.remove(again.installationId, people.maintainer.login),
    );
    expect((await untilState(stage, 1, 'cancelled')).because).toContain('installation was changed');
  }, 300_000);
});
