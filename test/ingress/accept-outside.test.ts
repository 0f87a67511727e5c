import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { verifyOutside } from '#compose/outside-signature.ts';
import type { OutsideRecord } from '#ingress/accept-outside.ts';
import { acceptOutside, findSource, outsideBytesMax } from '#ingress/accept-outside.ts';
import type { EntryDraft } from '#model/entry.ts';
import { signalMark } from '#model/outside.ts';
import type { Source, SourceKind } from '#model/source.ts';
import { sourceKinds } from '#model/source.ts';
import type { SentCall } from './a-sender.ts';
import { aSource, senders } from './a-sender.ts';

const issue = { id: '1700000000.000100', title: 'Totals are wrong', text: 'Above 100.' };
/** The library of Standard Webhooks asks the machine's own clock. */
const now = new Date();

function open() {
  const stored: OutsideRecord[] = [];
  const entries: EntryDraft[] = [];
  return {
    stored,
    entries,
    deps: {
      now: () => now,
      verify: verifyOutside,
      store: async (record: OutsideRecord, entry: EntryDraft) => {
        stored.push(record);
        entries.push(entry);
        return 'stored' as const;
      },
    },
  };
}

function accept(source: Source, sent: SentCall, { deps } = open()) {
  const call = {
    header: (name: string) => sent.headers[name] ?? '',
    body: Buffer.from(sent.body),
  };
  return acceptOutside(source, call, deps);
}

function sentBy(kind: SourceKind, at = now): SentCall {
  return senders[kind].sign(senders[kind].say(issue, at), aSource(kind).secret, at);
}

/** Of the same form, and another. */
function otherSecret(secret: string): string {
  return secret.replace(/[0-9a-zA-Z](?=[^0-9a-zA-Z]*$)/, (last) => (last === 'Q' ? 'R' : 'Q'));
}

describe.each(sourceKinds)('a signal of %s', (kind) => {
  const source = aSource(kind);

  it('is taken when its sender signed it just now', async () => {
    const world = open();

    expect(await accept(source, sentBy(kind), world)).toEqual({
      ok: true,
      value: { kind: 'taken', duplicate: false, ignored: null },
    });
    expect(world.stored).toMatchObject([
      {
        source: kind,
        signal: {
          kind: 'report',
          thread: expect.stringContaining(issue.id),
          part: { title: expect.stringContaining(issue.title) },
        },
      },
    ]);
    expect(JSON.stringify(world.stored)).toContain(issue.text);
  });

  const good = sentBy(kind);
  const without = (name: string): SentCall => ({
    ...good,
    headers: { ...good.headers, [name]: '' },
  });
  const other = sourceKinds.find((one) => one !== kind) ?? 'slack';
  it.each<[string, SentCall]>([
    ['whose body was altered', { ...good, body: good.body.replace('Above 100', 'Above 900') }],
    [
      'signed with another secret',
      senders[kind].sign(senders[kind].say(issue, now), otherSecret(aSource(kind).secret), now),
    ],
    [
      'signed as another source signs, with that one’s secret',
      senders[other].sign(senders[kind].say(issue, now), aSource(other).secret, now),
    ],
    [
      'signed as another source signs, with this one’s secret',
      senders[other].sign(senders[kind].say(issue, now), source.secret, now),
    ],
    ...Object.keys(good.headers)
      .filter((name) => /signature$|^webhook-|slack-request/.test(name))
      .map((name): [string, SentCall] => [`without its ${name}`, without(name)]),
  ])('is refused, %s, and nothing is kept', async (_name, sent) => {
    const world = open();

    expect(await accept(source, sent, world)).toMatchObject({
      ok: false,
      refusal: { reason: 'signature_invalid', status: 401 },
    });
    expect(world.stored).toEqual([]);
    expect(await accept(source, sentBy(kind), world)).toMatchObject({ ok: true });
  });

  it('is taken with the secret that is being rotated out, and the ledger says so', async () => {
    const world = open();
    const rotated = { ...source, secret: otherSecret(source.secret) };
    const both = { ...rotated, secretPrevious: source.secret };
    const bySecond = senders[kind].sign(senders[kind].say(issue, now), rotated.secret, now);

    expect(await accept(both, good, world)).toMatchObject({ ok: true });
    expect(await accept(both, bySecond, world)).toMatchObject({ ok: true });
    expect(world.entries.map(({ facts }) => facts.secret)).toEqual(['previous', undefined]);
    // Once it is taken out, it counts for nothing.
    expect(await accept(rotated, good, world)).toMatchObject({ refusal: { status: 401 } });
    expect(world.entries).toHaveLength(2);
  });

  it('is refused over the cap, before its signature is looked at', async () => {
    const body = 'x'.repeat(outsideBytesMax + 1);
    const refuse = () => {
      throw new Error('the signature was looked at');
    };

    expect(
      await accept(
        source,
        { ...good, body },
        { ...open(), deps: { ...open().deps, verify: refuse } },
      ),
    ).toMatchObject({ ok: false, refusal: { reason: 'body_too_large', status: 413 } });
  });

  it.each([
    ['no JSON', '{"a":', 'json_invalid', 400],
    ['a JSON list', '[1]', 'json_invalid', 400],
  ])('is refused when it is %s, rightly signed', async (_name, body, reason, status) => {
    const sent = senders[kind].sign(body, source.secret, now);

    expect(await accept(source, sent)).toMatchObject({ ok: false, refusal: { reason, status } });
  });

  it('answers every signed JSON object with a reason, and throws for none', async () => {
    const payload = senders[kind].say(issue, now) as Record<string, unknown>;
    const value = fc.jsonValue();
    const broken = fc.oneof(
      fc
        .tuple(fc.constantFrom(...Object.keys(payload)), value)
        .map(([key, other]) => ({ ...payload, [key]: other })),
      fc.constantFrom('data', 'event').chain((key) =>
        fc
          .tuple(fc.constantFrom(...Object.keys((payload[key] ?? {}) as object), 'x'), value)
          .map(([inner, other]) => ({
            ...payload,
            [key]: { ...((payload[key] ?? {}) as object), [inner]: other },
          })),
      ),
    );

    await fc.assert(
      fc.asyncProperty(broken, async (object) => {
        const answer = await accept(source, senders[kind].sign(object, source.secret, now));
        if (!answer.ok) {
          expect(['stale', 'shape_invalid']).toContain(answer.refusal.reason);
          expect(answer.refusal.sentence).toMatch(/^expected /);
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe('the time of a signal', () => {
  const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000);

  it.each<[SourceKind, number, number]>([
    ['linear', 55, 65],
    ['slack', 290, 310],
    ['standard-webhooks', 290, 310],
  ])('of %s counts for a while, then no more, earlier or later', async (kind, young, old) => {
    const source = aSource(kind);

    expect(await accept(source, sentBy(kind, ago(young)))).toMatchObject({ ok: true });
    for (const at of [ago(old), ago(-old)]) {
      expect(await accept(source, sentBy(kind, at))).toMatchObject({
        ok: false,
        refusal: { status: 401 },
      });
    }
  });

  it('cannot be taken from another call: it is signed', async () => {
    const old = sentBy('slack', ago(900));
    const fresh = sentBy('slack');
    const time = { 'x-slack-request-timestamp': fresh.headers['x-slack-request-timestamp'] ?? '' };
    const sent = { ...old, headers: { ...old.headers, ...time } };

    expect(await accept(aSource('slack'), sent)).toMatchObject({
      ok: false,
      refusal: { reason: 'signature_invalid' },
    });
    expect(await accept(aSource('slack'), fresh)).toMatchObject({ ok: true });
  });

  it('must be there when Linear signs', async () => {
    const payload = { ...senders.linear.say(issue, now), webhookTimestamp: undefined };
    const { secret } = aSource('linear');

    expect(
      await accept(aSource('linear'), senders.linear.sign(payload, secret, now)),
    ).toMatchObject({ ok: false, refusal: { reason: 'stale' } });
  });
});

describe('a body of other bytes that read the same', () => {
  it('is not what a Standard Webhooks sender signed', async () => {
    const source = aSource('standard-webhooks');
    const sent = senders['standard-webhooks'].sign(
      senders['standard-webhooks'].say({ ...issue, text: 'odd \ufffd' }, now),
      source.secret,
      now,
    );
    const body = Buffer.from(Buffer.from(sent.body).toString('hex').replace('efbfbd', 'ff'), 'hex');
    const header = (name: string) => sent.headers[name] ?? '';

    expect(await acceptOutside(source, { header, body }, open().deps)).toMatchObject({
      ok: false,
      refusal: { reason: 'signature_invalid' },
    });
    expect(await accept(source, sent)).toMatchObject({ ok: true });
  });
});

describe('what a signal means', () => {
  const { linear, slack, sentry } = senders;
  const at = now;
  const base = {
    linear: linear.say(issue, at) as { data: object },
    slack: slack.say(issue, at) as { event: object },
    sentry: sentry.say(issue, at) as { data: { issue: object } },
  };

  it('answers Slack’s challenge with its own word, when it is signed', async () => {
    const payload = { type: 'url_verification', token: 'x', challenge: 'a word' };
    const source = aSource('slack');
    const world = open();

    expect(await accept(source, slack.sign(payload, source.secret, at), world)).toEqual({
      ok: true,
      value: { kind: 'challenge', challenge: 'a word' },
    });
    expect(
      await accept(source, slack.sign(payload, 'somebody else’s secret 123', at), world),
    ).toMatchObject({ ok: false });
    expect(world.stored).toEqual([]);
  });

  it.each<[string, SourceKind, object, string]>([
    ['a Linear comment', 'linear', { ...base.linear, type: 'Comment' }, 'listens'],
    ['a removed Linear issue', 'linear', { ...base.linear, action: 'remove' }, 'listens'],
    [
      'a Linear issue that Linear itself keeps in step with GitHub',
      'linear',
      { ...base.linear, data: { ...base.linear.data, syncedWith: [{ service: 'github' }] } },
      'in step with GitHub',
    ],
    [
      'a Slack reaction',
      'slack',
      { ...base.slack, event: { ...base.slack.event, type: 'reaction_added' } },
      'listens',
    ],
    [
      'a bot’s Slack message',
      'slack',
      { ...base.slack, event: { ...base.slack.event, bot_id: 'B1' } },
      'a bot',
    ],
    [
      'an empty mention',
      'slack',
      { ...base.slack, event: { ...base.slack.event, text: '<@UAPP>' } },
      'says nothing',
    ],
    ['a resolved Sentry issue', 'sentry', { ...base.sentry, action: 'resolved' }, 'listens'],
  ])('is nothing for %s, and the record says so', async (_name, kind, payload, words) => {
    const world = open();
    const source = aSource(kind);

    expect(
      await accept(source, senders[kind].sign(payload, source.secret, at), world),
    ).toMatchObject({ ok: true, value: { ignored: expect.stringContaining(words) } });
    expect(world.stored).toMatchObject([{ signal: { kind: 'ignored' } }]);
  });

  it('is nothing when its text is that of an issue written from a signal: no loop', async () => {
    const mark = signalMark('linear', issue.id);
    const payload = linear.say({ ...issue, text: `copied\n\n\`${mark}\`` }, at);
    const near = linear.say({ ...issue, text: 'copied\n\n`sallyport-signal`' }, at);
    const source = aSource('linear');
    const send = (object: object) => accept(source, linear.sign(object, source.secret, at));

    expect(await send(payload)).toMatchObject({
      value: { ignored: expect.stringContaining('written from a signal') },
    });
    expect(await send(near)).toMatchObject({ value: { ignored: null } });
  });

  it('counts only with one of the words that the source asks for', async () => {
    const sent = () => sentBy('linear');

    expect(await accept(aSource('linear', { only: ['bug'] }), sent())).toMatchObject({
      value: { ignored: null },
    });
    expect(await accept(aSource('linear', { only: ['urgent'] }), sent())).toMatchObject({
      value: { ignored: 'it carries none of urgent' },
    });
  });

  it('of an alert of Sentry shows the innermost frames first', async () => {
    const source = aSource('sentry');
    const payload = {
      action: 'triggered',
      data: {
        triggered_rule: 'every error',
        event: {
          issue_id: 7,
          title: 'TypeError: x is undefined',
          datetime: at.toISOString(),
          exception: {
            values: [
              {
                type: 'TypeError',
                value: 'x is undefined',
                stacktrace: {
                  frames: [
                    { filename: 'outer.js', function: 'main', lineno: 1 },
                    { filename: 'inner.js', function: 'total', lineno: 2 },
                  ],
                },
              },
            ],
          },
        },
      },
    };
    const sent = sentry.sign(payload, source.secret, at);
    const world = open();
    await accept(
      source,
      { ...sent, headers: { ...sent.headers, 'sentry-hook-resource': 'event_alert' } },
      world,
    );

    expect(world.stored).toMatchObject([
      { signal: { thread: '7', part: { text: expect.stringMatching(/total.*\n.*main/) } } },
    ]);
  });
});

describe('an address', () => {
  const sources = [aSource('linear', { name: 'support' })];

  it.each([
    ['support', undefined],
    ['linear', 'source_not_configured'],
    ['constructor', 'source_unknown'],
    ['SUPPORT', 'source_unknown'],
  ])('named %s is found, or not, with a sentence', (name, reason) => {
    const found = findSource(name, sources);

    expect(found.ok ? undefined : found.refusal.reason).toBe(reason);
    if (!found.ok) expect(found.refusal).toMatchObject({ status: 404 });
  });
});
