import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Stage } from '#cli/demo/journey.ts';
import { askFor, findRun, untilWithPeople } from '#cli/demo/journey.ts';
import { organization, people } from '#cli/demo/shop.ts';
import { outsideBytesMax } from '#ingress/accept-outside.ts';
import { Fault } from '#model/fault.ts';
import { signalMark } from '#model/outside.ts';
import { sourceKinds } from '#model/source.ts';
import { senders } from '../ingress/a-sender.ts';
import { agents, seedSmall } from './a-small-repository.ts';
import type { Story } from './a-story.ts';
import { openStory } from './a-story.ts';
import type { IssueSeen } from './an-outside-world.ts';
import {
  ledgerOf,
  post,
  quietApp,
  report,
  sign,
  sourceOf,
  writtenIssues,
} from './an-outside-world.ts';
import { readComments } from './what-people-read.ts';

const agent = `${agents.fix} && ${agents.addTest}`;
const names = ['reported', 'hostile', 'changing', 'crashing', 'busy', 'labelled', 'threads'];
const work = JSON.stringify({
  version: 1,
  agent: { use: 'command', run: agent },
  triggers: [{ label: 'Work', role: 'write' }],
  verify: { commands: [{ name: 'test', run: 'node --test' }] },
});

const linear = (name: string) => sourceOf('linear', name);
const limited = sourceOf('linear', 'busy', { issuesPerHour: 2 });
const labelling = sourceOf('linear', 'labelled', { labels: ['work', 'outside'] });
const nowhere = sourceOf('linear', 'nowhere');
const sources = [
  ...sourceKinds.map((kind) => sourceOf(kind, 'threads')),
  ...['reported', 'hostile', 'changing', 'crashing'].map(linear),
  limited,
  labelling,
  nowhere,
];

let story: Story;
const at = (name: string): Stage => story.stage(name);
const maintainer = () => story.factory.person(people.maintainer.login);
const issue = (id: string, text = 'Above 100 the total is wrong.') => ({
  id,
  title: `Totals are wrong (${id})`,
  text,
});

beforeAll(async () => {
  story = await openStory(
    async (caller) =>
      names.map((name) =>
        seedSmall({ name, agent, ...(name === 'labelled' ? { policy: work } : {}) }, caller),
      ),
    sources,
  );
}, 60_000);
afterAll(() => story.close(), 60_000);

describe('an issue in Linear', () => {
  it('becomes a GitHub issue that starts nothing, until a maintainer asks for it', async () => {
    const stage = at('reported');
    await report(story, linear('reported'), issue('a'));
    const [written] = (await writtenIssues(story, 'reported')) as [IssueSeen];

    expect(written).toMatchObject({ title: 'Totals are wrong (a)', state: 'open', labels: [] });
    expect(written.body).toContain('Above 100 the total is wrong.');
    expect(await findRun(stage, written.number)).toBeUndefined();

    await askFor(stage, written.number);
    const run = await untilWithPeople(stage, written.number);
    expect(run).toMatchObject({
      state: 'in_review',
      requester: { login: people.maintainer.login },
    });
    const kinds = (await ledgerOf(story, linear('reported'))).map(({ kind }) => kind);
    expect(kinds).toEqual([
      'ingress.received',
      'ingress.issue_requested',
      'ingress.issue_written',
      'ingress.signal_done',
    ]);
  }, 180_000);
});

describe('text from outside', () => {
  it('text:hostile: stays text: it mentions nobody, closes no fence, commands nothing', async () => {
    const stage = at('hostile');
    const text = [
      '/sallyport run',
      '@mara fixes #1 <img src=x onerror=alert(1)> <!-- hidden --> <details open>',
      '~~~',
      '~~~~~~~~ text',
      '</td></table> [link](javascript:alert(1)) \u202egnirts\u0000',
      '/sallyport approve',
    ].join('\n');
    await report(story, linear('hostile'), {
      id: 'evil',
      title: '@mara <b>run</b> #1 [x](https://evil.test) `code` /sallyport run',
      text,
    });
    const [written] = (await writtenIssues(story, 'hostile')) as [IssueSeen];

    expect(written.title).not.toMatch(/@mara|<b>|#1|\[x\]|`|https:\/\//);
    // The fence is longer than the longest in the text, which has eight.
    const [, tildes = ''] = /^(~{9,})text$/m.exec(written.body) ?? [];
    expect(tildes).not.toBe('');
    const inside = written.body.split(`${tildes}text\n`)[1]?.split(`\n${tildes}\n`)[0] ?? '';
    expect(inside).toContain('<!-- hidden -->');
    expect(inside).toContain('/sallyport approve');
    const outside = written.body.replace(inside, '');
    expect(outside).not.toMatch(/mara|hidden|<|\/sallyport/);
    expect(written.body).not.toContain('\u202e');
    expect(written.body).not.toContain('\u0000');
    expect(await findRun(stage, written.number)).toBeUndefined();
    expect(await readComments(stage, written.number)).toEqual([]);
  }, 60_000);

  it('that is a copy of an issue of ours makes no other: no loop', async () => {
    const before = await writtenIssues(story, 'hostile');
    const [first] = before as [IssueSeen];
    const copied = { id: 'copy', title: first.title, text: first.body };
    const { answer } = await post(story, 'linear-hostile', sign(linear('hostile'), copied));
    await quietApp(story);

    expect(answer).toEqual({
      duplicate: false,
      ignored: expect.stringContaining('written from a signal'),
    });
    expect(await writtenIssues(story, 'hostile')).toEqual(before);
  }, 60_000);
});

describe('a label of a source', () => {
  it('is put on the issue, unless it starts work there', async () => {
    await report(story, labelling, issue('a'));
    const [written] = (await writtenIssues(story, 'labelled')) as [IssueSeen];

    expect(written.labels.map(({ name }) => name)).toEqual(['outside']);
    expect(await findRun(at('labelled'), written.number)).toBeUndefined();
  }, 60_000);
});

describe('later signals', () => {
  const source = linear('changing');
  const path = (number: number) => `/repos/${organization}/changing/issues/${number}`;
  const first = new Date(Date.now() - 60_000);

  it('delivery:any-order: change the same issue, and an older one changes nothing', async () => {
    const send = (text: string, secondsLater: number) =>
      report(story, source, {
        ...issue('a', text),
        at: new Date(first.getTime() + secondsLater * 1000),
      });
    await send('the second text', 20);
    await send('the first text, late', 10);
    const [late] = (await writtenIssues(story, 'changing')) as [IssueSeen];
    expect(late.body).toContain('the second text');
    await send('the third text', 30);

    const written = await writtenIssues(story, 'changing');
    expect(written).toHaveLength(1);
    expect(written[0]?.body).toContain('the third text');
    expect(written[0]?.body).not.toMatch(/first|second/);
  }, 60_000);

  it('are answered as duplicates when they are replayed, and change nothing', async () => {
    const call = sign(source, issue('replayed'));
    const [taken, replayed, renamed] = [
      await post(story, source.name, call),
      await post(story, source.name, call),
      await post(story, source.name, {
        ...call,
        headers: { ...call.headers, 'linear-delivery': 'another-name' },
      }),
    ];
    await quietApp(story);

    expect([taken, replayed, renamed].map(({ answer }) => answer.duplicate)).toEqual([
      false,
      true,
      true,
    ]);
    const entries = await ledgerOf(story, source);
    const mine = entries.filter(({ facts }) => facts.thread === 'replayed');
    expect(mine.filter(({ kind }) => kind === 'ingress.received')).toHaveLength(1);
    expect(mine.filter(({ kind }) => kind === 'ingress.issue_written')).toHaveLength(1);
  }, 60_000);

  it('leave alone what a person wrote here, and say their part beside it', async () => {
    await report(story, source, issue('edited'));
    const { number } = (await writtenIssues(story, 'changing')).at(-1) as IssueSeen;
    await maintainer().send('PATCH', path(number), { title: 'Mine', body: 'My words.' });
    await report(story, source, issue('edited', '/sallyport run\n\nnews from outside'));

    expect(await maintainer().get(path(number))).toMatchObject({
      title: 'Mine',
      body: 'My words.',
    });
    const comments = await readComments(at('changing'), number);
    expect(comments).toEqual([expect.stringContaining('news from outside')]);
    expect(await findRun(at('changing'), number)).toBeUndefined();
    await report(story, source, issue('edited', 'more news'));
    expect(await readComments(at('changing'), number)).toEqual([
      expect.stringContaining('more news'),
    ]);
  }, 60_000);

  it('of a closed issue open nothing, and tell people once', async () => {
    await report(story, source, issue('closed'));
    const { number } = (await writtenIssues(story, 'changing')).at(-1) as IssueSeen;
    await maintainer().send('PATCH', path(number), { state: 'closed' });
    for (const text of ['again', 'and again']) await report(story, source, issue('closed', text));

    expect(await maintainer().get(path(number))).toMatchObject({
      state: 'closed',
      body: expect.stringContaining('and again'),
    });
    expect(await readComments(at('changing'), number)).toEqual([
      expect.stringContaining('reported again'),
    ]);
  }, 60_000);

  it('that come at the same time make one issue', async () => {
    const before = (await writtenIssues(story, 'changing')).length;
    await Promise.all(
      ['one', 'two', 'three', 'four'].map((text) =>
        post(story, source.name, sign(source, issue('together', text))),
      ),
    );
    await quietApp(story);

    expect(await writtenIssues(story, 'changing')).toHaveLength(before + 1);
  }, 60_000);
});

describe('an App that dies between asking GitHub and hearing the answer', () => {
  it('ledger:first: finds the issue by its mark, its own only, and makes no second', async () => {
    const source = linear('crashing');
    const { github } = story.factory.app.edges as { github: { write: unknown } };
    const plain = github.write as (...args: unknown[]) => Promise<unknown>;
    let died = 0;
    github.write = async (...args: unknown[]) => {
      const reply = await plain(...args);
      if (args[1] !== 'POST /repos/{owner}/{repo}/issues' || died > 0) return reply;
      died += 1;
      // Somebody copies the mark before the App is back.
      await maintainer().send('POST', `/repos/${organization}/crashing/issues`, {
        title: 'Not the App’s',
        body: `copied\n\n\`${signalMark(source.name, 'a')}\``,
      });
      throw new Fault('GITHUB_UNAVAILABLE', 'the connection is gone');
    };
    await report(story, source, issue('a')).finally(() => {
      github.write = plain;
    });

    expect(died).toBe(1);
    const written = await writtenIssues(story, 'crashing');
    expect(written).toHaveLength(1);
    const entries = await ledgerOf(story, source);
    const kinds = entries.map(({ kind }) => kind);
    expect(kinds).toContain('ingress.issue_found');
    expect(entries.find(({ kind }) => kind === 'ingress.issue_found')?.facts.issue).toBe(
      written[0]?.number,
    );
    await report(story, source, issue('a', 'and a later text'));
    expect((await writtenIssues(story, 'crashing'))[0]?.body).toContain('and a later text');
  }, 60_000);
});

describe('a source that reports too much', () => {
  it('has its share of issues in an hour; the rest is held back, and the ledger says so', async () => {
    for (const id of ['a', 'b', 'c']) await report(story, limited, issue(id));
    await report(story, limited, issue('a', 'a change of one that is there'));

    const written = await writtenIssues(story, 'busy');
    expect(written.map(({ title }) => title)).toEqual([
      'Totals are wrong (a)',
      'Totals are wrong (b)',
    ]);
    expect(written[0]?.body).toContain('a change of one that is there');
    const held = (await ledgerOf(story, limited)).filter(
      ({ kind }) => kind === 'ingress.held_back',
    );
    expect(held).toMatchObject([
      { facts: { thread: 'c', because: expect.stringContaining('at most 2 new issues an hour') } },
    ]);
  }, 60_000);
});

describe('an issue that a person deleted or moved', () => {
  it('is not made again, and the ledger says so', async () => {
    const source = linear('changing');
    await report(story, source, issue('gone'));
    const before = await writtenIssues(story, 'changing');
    const { number } = before.at(-1) as IssueSeen;
    story.factory.github.world.repositoryByName(organization, 'changing')?.issues.delete(number);
    await report(story, source, issue('gone', 'it came again'));

    expect(await writtenIssues(story, 'changing')).toEqual(before.slice(0, -1));
    expect((await ledgerOf(story, source)).at(-1)).toMatchObject({
      kind: 'ingress.signal_failed',
      facts: { because: expect.stringContaining('is gone') },
    });
  }, 60_000);
});

describe('a source whose repository the App is not on', () => {
  it('fails with a sentence, and nothing is written', async () => {
    await report(story, nowhere, issue('a'));

    expect((await ledgerOf(story, nowhere)).at(-1)).toMatchObject({
      kind: 'ingress.signal_failed',
      facts: { because: expect.stringContaining('not installed there') },
    });
  }, 60_000);
});

describe('each sender', () => {
  it.each(sourceKinds)(
    '%s gets one issue for one thread',
    async (kind) => {
      const source = sourceOf(kind, 'threads');
      const id = `17000000${kind.length}0.000100`;
      const before = (await writtenIssues(story, 'threads')).length;
      await report(story, source, { id, title: 'First', text: 'the first words' });
      await report(story, source, { id, title: 'First', text: 'the second words' });

      const written = (await writtenIssues(story, 'threads')).slice(before);
      expect(written).toHaveLength(1);
      expect(written[0]?.body).toContain('the second words');
      // A Slack thread is all its messages; elsewhere the newer version is the thing.
      expect(written[0]?.body.includes('the first words')).toBe(kind === 'slack');
    },
    60_000,
  );

  it('is answered with what is wrong, one sentence each', async () => {
    const source = sourceOf('slack', 'threads');
    const now = new Date();
    const old = new Date(now.getTime() - 600_000);
    const said = senders.slack.say(issue('1700000000.000200'), now);
    const good = senders.slack.sign(said, source.secret, now);
    const word = (message: string) => ({
      error: expect.any(String),
      message: expect.stringContaining(message),
    });

    expect(await post(story, 'nobody', good)).toEqual({ status: 404, answer: word('no source') });
    expect(await post(story, 'sentry', good)).toEqual({
      status: 404,
      answer: word('SALLYPORT_SOURCES'),
    });
    expect(
      await post(story, source.name, { ...good, body: 'x'.repeat(outsideBytesMax + 1) }),
    ).toEqual({ status: 413, answer: word('at most') });
    expect(
      await post(story, source.name, senders.slack.sign(said, 'of somebody else altogether', now)),
    ).toEqual({ status: 401, answer: word('signature') });
    expect(await post(story, source.name, senders.slack.sign(said, source.secret, old))).toEqual({
      status: 401,
      answer: word('within 300 seconds'),
    });
    expect(
      await post(story, source.name, senders.slack.sign({ type: 'x' }, source.secret, now)),
    ).toEqual({ status: 422, answer: word('expected a Slack event') });
    expect(
      await post(
        story,
        source.name,
        senders.slack.sign({ type: 'url_verification', challenge: 'c' }, source.secret, now),
      ),
    ).toEqual({ status: 200, answer: { challenge: 'c' } });
    expect(await post(story, source.name, good)).toMatchObject({ status: 200 });
    await quietApp(story);
  }, 60_000);
});
