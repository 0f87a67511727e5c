import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { askFor, findRun, fullName, untilGate, untilWithPeople } from '#cli/demo/journey.ts';
import { setLabel } from '#cli/demo/people.ts';
import { organization, people } from '#cli/demo/shop.ts';
import { until } from '#cli/demo/until.ts';
import { openJudgement } from '#compose/judgement.ts';
import { readSignal } from '#ingress/ingress.ts';
import { sha256 } from '#model/digest.ts';
import { explain, wishOf } from '#policy/explain.ts';
import { judge } from '#policy/policy.ts';
import { readPayload, type StoredBody } from '#postgres/delivery-body.ts';
import { deliveryTable, findDelivery, listDeliveries } from '#postgres/delivery-record.ts';
import { findGrant } from '#postgres/grant-row.ts';
import { agents, seedSmall } from './a-small-repository.ts';
import type { Story } from './a-story.ts';
import { openStory } from './a-story.ts';
import { heard } from './late-mail.ts';
import { untilReceipt } from './what-people-read.ts';

const bound = 'version: 1\nagent: { minutes: 5 }\nprotect: [ infra/** ]\n';
const fix = `${agents.fix} && ${agents.addTest}`;
let story: Story;

beforeAll(async () => {
  story = await openStory(async (caller) => [
    {
      owner: organization,
      name: '.github',
      source: { kind: 'files', files: { 'sallyport.yml': { content: bound } } },
    },
    seedSmall({ name: 'strict', agent: fix, minutes: 2 }, caller),
    seedSmall({ name: 'loose', agent: fix, minutes: 9 }, caller),
    seedSmall({ name: 'later', agent: fix, minutes: 5 }, caller),
  ]);
}, 60_000);
afterAll(() => story.close(), 60_000);

/** Somebody of the organization writes its policy anew, or removes it. */
async function rewrite(text: string | null): Promise<void> {
  const person = story.factory.person(people.maintainer.login);
  const path = `/repos/${organization}/.github/contents/sallyport.yml`;
  const { sha } = await person.get<{ sha: string }>(path);
  const content = text === null ? {} : { content: Buffer.from(text).toString('base64') };
  await person.send(text === null ? 'DELETE' : 'PUT', path, {
    message: 'chore: policy',
    sha,
    ...content,
  });
}

describe('an organization’s policy', () => {
  it('binds a repository that is stricter, and is named by run and grant', async () => {
    const stage = story.stage('strict');
    await askFor(stage, 1);
    const run = await untilWithPeople(stage, 1);
    const grant = await findGrant(story.factory.app.edges.database, { runId: run.id });

    expect(run).toMatchObject({
      state: 'in_review',
      organizationPolicySha256: sha256(bound),
      policy: { protect: ['infra/**'] },
    });
    expect(grant?.organizationPolicySha256).toBe(sha256(bound));
  }, 180_000);

  it('A5: refuses a repository that loosens it, with the line and both values', async () => {
    const stage = story.stage('loose');
    await askFor(stage, 1);
    const receipt = await untilReceipt(stage);

    expect(receipt).toMatch(/line 1, column \d+, agent\.minutes: .*at most this: 5; got 9/);
    expect(await findRun(stage, 1)).toBeUndefined();
  }, 60_000);

  it('is explained from the recorded delivery, live, without a trace', async () => {
    const { database, settings } = story.factory.app.edges;
    const count = async () =>
      (await database.query("select 1 from entry where kind like 'policy.%'")).length;
    await heard(story.factory);
    const before = await count();
    const rows = await listDeliveries(database, { event: 'issues', action: 'labeled' }, 100);
    const about = rows.find(({ payload }) => JSON.stringify(payload).includes('/loose'));
    const row = await findDelivery(database, about?.guid ?? '');
    const { deps, close } = await openJudgement(settings, database);
    const signal = row ? readSignal(row, deps) : undefined;
    const wish = signal && wishOf(signal);
    const request = wish && ({ kind: 'wish', eventId: row?.bodySha256 ?? '', wish } as const);
    const explanation = signal && request && explain(signal, await judge(request, deps));
    await close();

    expect(explanation).toMatchObject({ signal: 'label_set', verdict: 'deny' });
    expect(JSON.stringify(explanation)).toContain('at most this: 5; got 9');
    expect(await count()).toBe(before);
  }, 60_000);

  it('costs no request to ignore a label that the policy does not list', async () => {
    const { app } = story.factory;
    const stage = story.stage('loose');
    const before = app.edges.github.requests().length;
    await setLabel(story.factory.person(people.maintainer.login), fullName(stage), 1, 'bug');
    await until('the delivery to be worked on', stage.limitMs, async () => {
      const rows = await app.edges.database.query<StoredBody>(
        `select bodies, body_at, body_bytes, payload from ${deliveryTable}
         where event = 'issues' and state = 'done'`,
      );
      return rows.find((row) => JSON.stringify(readPayload(row).label ?? null).includes('"bug"'));
    });

    expect(app.edges.github.requests().slice(before)).toEqual([]);
  }, 60_000);

  it('stop:closed: starts nothing while it is broken, and names the line that is wrong', async () => {
    await rewrite('version: 1\nagent: { minutes: five }\n');
    const stage = story.stage('later');
    await askFor(stage, 1);

    expect(await untilReceipt(stage)).toMatch(
      /line 2, column 10, agent\.minutes: expected a number/,
    );
    expect(await findRun(stage, 1)).toBeUndefined();
    // What is with people was decided under the one before: its gate is closed.
    const strict = story.stage('strict');
    const reviewed = await untilWithPeople(strict, 1);
    await untilGate(strict, reviewed.headSha ?? '', 'failure');

    await rewrite(null);
    await story.factory
      .person(people.maintainer.login)
      .send('DELETE', `/repos/${organization}/later/issues/1/labels/sallyport`);
    await askFor(stage, 1);
    const run = await until('a run without a bound', stage.limitMs, () => findRun(stage, 1));
    expect(run.organizationPolicySha256).toBeNull();
  }, 120_000);
});
