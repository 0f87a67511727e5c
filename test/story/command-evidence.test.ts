import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Stage } from '#cli/demo/journey.ts';
import { findRun, fullName, readChecks, untilGate } from '#cli/demo/journey.ts';
import { until } from '#cli/demo/until.ts';
import type { Run } from '#model/run.ts';
import { findRun as findRunById } from '#postgres/run-store.ts';
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
import { openStory, triager } from './a-story.ts';
import { quiet } from './late-mail.ts';
import { readComments, readPull } from './what-people-read.ts';

let story: Story;
const at = (name: string): Stage => story.stage(name);
beforeAll(async () => {
  story = await openStory(async (caller) => [
    seedTalk('waived', 'rm test/two.test.mjs && sleep 1', caller),
    seedTalk('approved', `sleep 60 && ${works}`, caller),
  ]);
}, 60_000);
afterAll(() => story.close(), 60_000);

const setIssue = (stage: Stage, state: object) =>
  story.factory.person(second).send('PATCH', `/repos/${fullName(stage)}/issues/1`, state);

describe('a waiver', () => {
  let stage: Stage;
  let run: Run;
  const pull = () => run.pull ?? 0;
  const readProof = async () =>
    (await readComments(stage, pull())).find((body) => body.includes('sallyport:evidence')) ?? '';
  beforeAll(async () => {
    stage = at('waived');
    await command(stage, maintainer, '/sallyport run');
    run = await untilState(stage, 1, 'in_review', 'failed');
    expect(run.state).toBe('in_review');
    await untilGate(stage, run.headSha ?? '', 'failure');
  }, 120_000);

  it.each([
    ['triage', triager.login, 'T01', 'command-role'],
    ['nobody', outsider, 'T01', 'command-role'],
    ['review:no-self: who asked for it', maintainer, 'T01', 'review-no-self'],
    ['a maintainer, of a finding there is none of', second, 'T99', 'waive-finding'],
  ])('is refused to %s', async (_, login, finding, rule) => {
    const text = `/sallyport waive ${finding} the test was wrong in itself`;
    const facts = await command(stage, login, text, pull());

    expect(facts).toMatchObject({ outcome: 'refused', rule });
    expect(await readProof()).not.toContain('Waived by people');
  });

  it('C10, C11, C12, C13: is recorded with its name and reason, shown as plain text, and opens nothing', async () => {
    expect(await readProof()).toMatch(/\*\*high\*\* `T01` /);
    const reason =
      '@harbour/core ::set-output name=x::1 ${{ secrets.KEY }} <!-- approved --> #1 https://evil.test';
    const text = `/sallyport waive T01 ${reason}`;
    const waived = await command(stage, second, text, pull());
    await quiet(story.factory);
    const proof = await readProof();
    const { headSha } = run;

    expect(waived).toMatchObject({ outcome: 'done' });
    expect(proof).toMatch(/\*\*Waived by people\*\*.*\n- `T01` by rene at 20/);
    const comments = await readComments(stage, pull());
    expect(comments.filter((body) => body.includes('evil.test'))).toHaveLength(3);
    for (const body of comments.filter((one) => one.includes('<!-- sallyport:'))) {
      expect(body).not.toMatch(/@harbour|::set-output|\$\{\{|<!-- approved|https:\/\/evil/);
    }
    expect(await readChecks(stage, headSha ?? '')).toEqual({
      'sallyport / evidence': 'failure',
      'sallyport / review': 'failure',
    });
    expect(await command(stage, second, text, pull())).toMatchObject({
      outcome: 'nothing',
      sentence: expect.stringContaining('T01 was waived before, by rene'),
    });
    const rows = await story.factory.app.edges.database.query<{ actor: string; facts: object }>(
      "select actor, facts from entry where kind = 'review.waived' and run_id = $1",
      [run.id],
    );
    expect(rows).toMatchObject([{ facts: { finding: 'T01', reason } }]);
    expect(rows[0]?.actor).toMatch(/^user:rene#/);
  }, 60_000);

  it('is told by “why” with the rest of the gate, on the pull request', async () => {
    await command(stage, outsider, '/sallyport why', pull());
    const why = await readAnswer(stage, pull());

    expect(why).toContain('Run is in review');
    expect(why).toMatch(/✗ evidence \S+ does not prove the change → say retry on the issue/);
    expect(why).toContain('rene waived T01, which proves nothing');
    expect(why).toContain('0 of 1 independent approvals of this commit');
  }, 60_000);

  it('a run with people is neither stopped nor held by a comment', async () => {
    for (const name of ['stop', 'hold']) {
      expect(await command(stage, maintainer, `/sallyport ${name}`, pull())).toMatchObject({
        outcome: 'refused',
        rule: `${name}-before-review`,
      });
    }
    expect(await command(stage, second, '/sallyport run', pull())).toMatchObject({
      rule: 'issue-only',
    });
  });

  it('retry gives the unproven pull request up for a new run', async () => {
    expect(await command(stage, second, '/sallyport retry')).toMatchObject({ outcome: 'done' });
    const next = await findRun(stage, 1);

    expect(next?.id).not.toBe(run.id);
    expect(next?.requester.login).toBe(second);
    expect(await readPull(stage, pull())).toMatchObject({ state: 'closed', merged_by: null });
    const old = await findRunById(story.factory.app.edges.database, run.id);
    expect(old).toMatchObject({ state: 'cancelled' });
    await command(stage, second, '/sallyport stop');
    await untilState(stage, 1, 'cancelled');
  }, 60_000);
});

describe('an approval', () => {
  /** The line that the waiting comment shows. */
  const untilAsked = (stage: Stage): Promise<string> =>
    until('somebody to be asked', stage.limitMs, async () => {
      const comments = await readComments(stage, 2);
      const asked = comments.findLast((body) => body.includes('needs a person'));
      return /^\/sallyport approve .*$/m.exec(asked ?? '')?.[0];
    });

  it('T-G12, review:no-self: lets go what waits for a person, by another one, as it was shown', async () => {
    const stage = at('approved');
    await command(stage, maintainer, '/sallyport run', 2);
    const held = await untilState(stage, 2, 'held');
    await setIssue(stage, { state: 'closed', state_reason: 'not_planned' });
    const line = await untilAsked(stage);
    expect(line).toContain(held.id);

    const refusals = [
      [triager.login, line, 'command-role'],
      [maintainer, line, 'review-no-self'],
      [second, line.replace(/.$/, (sign) => (sign === '0' ? '1' : '0')), 'approve-seen'],
      [second, line.replace(held.id, '0198f2a4-1111-7222-8333-444455556666'), 'approve-seen'],
    ] as const;
    for (const [login, text, rule] of refusals) {
      const facts = await command(stage, login, text, 2);
      expect(facts).toMatchObject({ outcome: 'refused', rule });
    }
    await setIssue(stage, { state: 'open' });
    await quiet(story.factory);
    expect(await command(stage, second, line, 2)).toMatchObject({
      outcome: 'refused',
      sentence: 'it waits for no approval: blocked by #1',
    });
    expect(await findRun(stage, 2)).toMatchObject({ id: held.id, state: 'held' });

    await setIssue(stage, { state: 'closed', state_reason: 'not_planned' });
    await quiet(story.factory);
    expect(await command(stage, second, await untilAsked(stage), 2)).toMatchObject({
      outcome: 'done',
      rule: 'command-obeyed',
    });
    await untilState(stage, 2, 'working');
    await command(stage, maintainer, '/sallyport stop', 2);
    await untilState(stage, 2, 'cancelled');
  }, 120_000);
});
