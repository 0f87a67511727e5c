// Payloads of any shape and comments of any text, through reading, judging and what is posted about
// it. `npm run fuzz` takes 20,000 samples (another number with FUZZ_RUNS), `npm test` some hundred.
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import { refused } from '#command/answer.ts';
import type { Order } from '#command/deps.ts';
import { renderAnswer } from '#command/render-answer.ts';
import type { OutsideRecord } from '#ingress/accept-outside.ts';
import { acceptOutside } from '#ingress/accept-outside.ts';
import { normalize } from '#ingress/normalize.ts';
import { renderOutside } from '#ingress/render-outside.ts';
import { renderMarkdown } from '#local/page/render-markdown.ts';
import { parseCommand } from '#model/command.ts';
import type { Reason } from '#model/decision.ts';
import type { JsonObject } from '#model/json.ts';
import type { OutsideThread } from '#model/outside.ts';
import { signalMark } from '#model/outside.ts';
import { sourceKinds } from '#model/source.ts';
import { wishOf } from '#policy/explain.ts';
import type { LiveView } from '#policy/facts.ts';
import type { PolicyDeps } from '#policy/policy.ts';
import { authorize } from '#policy/policy.ts';
import { renderReceipt } from '#policy/render-receipt.ts';
import { idle, policyText } from '../dispatch/a-ruling.ts';
import { attacks } from '../evidence/attack-text.ts';
import { aSource, senders } from '../ingress/a-sender.ts';
import { issue, view } from '../policy/some-facts.ts';
import { payloads } from './payloads.ts';

const runs = Number(process.env.FUZZ_RUNS ?? 300);
const limitMs = 60_000 + runs * 20;

/** Words of people: ours, hostile ones, and whatever there is. */
const words = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '/sallyport',
        ' ',
        'run',
        'why',
        'approve',
        'waive',
        'T01',
        '\n',
        '\r',
        '~~~',
      ),
      fc.constantFrom(...attacks.map(([, text]) => text)),
      fc.constantFrom('@mara', '#1', 'GH-2', '_www.evil.test', 'https://evil.test', '`', '|', '\\'),
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constantFrom('x'.repeat(70_000), '> '.repeat(2_000), '['.repeat(2_000)),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));

/** A policy as somebody may leave it: valid, cut, changed in one place, or anything at all. */
const policies = fc.oneof(
  { weight: 4, arbitrary: fc.constant(policyText) },
  fc.nat({ max: policyText.length }).map((end) => policyText.slice(0, end)),
  fc
    .tuple(fc.nat({ max: policyText.length }), words)
    .map(([at, text]) => policyText.slice(0, at) + text.slice(0, 200) + policyText.slice(at)),
  words,
);

/** Any one place of a payload, by a path that is followed as far as it goes. */
const change = fc.record({
  path: fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 4 }),
  to: fc.oneof(
    fc.constant(undefined),
    words,
    fc.jsonValue(),
    fc.constantFrom(0, -1, 2 ** 53, 1e21, '', null, true, [], {}, '__proto__'),
  ),
});
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function applyChange(payload: JsonObject, { path, to }: Change): JsonObject {
  const copy = structuredClone(payload);
  let place: Record<string, unknown> = copy;
  for (const [depth, step] of path.entries()) {
    const keys = Object.keys(place);
    const key = keys[step % Math.max(1, keys.length)] ?? 'x';
    const next = place[key];
    if (depth < path.length - 1 && typeof next === 'object' && next !== null) {
      place = next as Record<string, unknown>;
      continue;
    }
    if (to === undefined) delete place[key];
    else place[key] = to;
    break;
  }
  return copy;
}

/** What asks for work and is decided: a label, an assignment, a comment. */
const wishes = payloads.filter(
  ([event, { action }]) =>
    event === 'issue_comment' || action === 'labeled' || action === 'assigned',
);
const sample = fc.record({
  // Most are meant to be judged: what asks for work, and at most a little wrong.
  told: fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom(...wishes) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(...wishes.filter(([event]) => event === 'issue_comment')),
    },
    { weight: 3, arbitrary: fc.constantFrom(...payloads) },
  ),
  // The name of an event is not signed: one body comes under another's name, or under none.
  event: fc.oneof(
    { weight: 5, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constantFrom(...payloads.map(([name]) => name)) },
    { weight: 1, arbitrary: fc.string({ maxLength: 20 }) },
  ),
  command: fc.oneof(
    { weight: 3, arbitrary: fc.constant('/sallyport run\n') },
    { weight: 1, arbitrary: fc.constantFrom('', '/sallyport why\n') },
  ),
  changes: fc.oneof(fc.constant<Change[]>([]), fc.array(change, { maxLength: 3 })),
  text: words,
  title: words,
  policy: policies,
  role: fc.constantFrom('none', 'read', 'triage', 'write', 'maintain', 'admin'),
  sender: fc.oneof(
    { weight: 9, arbitrary: fc.constant('User') },
    { weight: 1, arbitrary: fc.constantFrom('Bot', 'Organization', 'Mannequin') },
  ),
});
type Sample = typeof sample extends fc.Arbitrary<infer T> ? T : never;

/** The payload of the event, with a text of its own and a few things wrong with it. */
function payloadOf({ told: [, start], command, changes, text, title, sender }: Sample): JsonObject {
  const told: Record<string, unknown> = structuredClone({ ...start });
  const write = (name: string, said: object) => {
    if (typeof told[name] === 'object') told[name] = { ...told[name], ...said };
  };
  write('issue', { title, body: text });
  write('comment', { body: command + text });
  write('sender', { type: sender });
  return changes.reduce(applyChange, told as JsonObject);
}

/** A report of one of the senders, with texts of its own and at most a few things wrong. */
const outside = fc.record({
  kind: fc.constantFrom(...sourceKinds),
  // One in ten is a copy of an issue of ours.
  title: fc.oneof(
    { weight: 9, arbitrary: words },
    { weight: 1, arbitrary: fc.constant(signalMark('linear', 'T-1')) },
  ),
  text: words,
  id: fc.oneof(fc.constant('1700000000.000100'), words),
  changes: fc.array(change, { maxLength: 2 }),
});

const aThread: Omit<OutsideThread, 'source' | 'thread' | 'reports'> = {
  repositoryId: null,
  issue: null,
  askedAt: null,
  wanted: null,
  written: null,
  leftOut: 0,
};

function depsOf({ policy, role, text, title }: Sample): PolicyDeps {
  const live = { ...issue, title, body: text, labels: ['sallyport', text.slice(0, 50)] };
  return {
    botUserId: 99,
    organizationPolicy: 'optional',
    findTriggers: async () => ({ triggers: null, generation: 0 }),
    keepTriggers: async () => {},
    findOrganization: async () => null,
    keepOrganization: async () => {},
    readView: async () => ({ ...view, policyText: policy, issue: live }) as LiveView,
    readRole: async () => role,
    readCause: async () => true,
    readSetter: async () => 1,
    readFeedback: async () => null,
    findAttempts: async () => ({ runs: 0, replaced: 'gone', isReplaceable: false }),
    findPauses: async () => [],
    installationLimits: { parallel: 20, runsPerDay: 500 },
    readLoad: async () => idle,
    listBlockers: async () => [],
    findOpenRun: async () => undefined,
    findAnswer: async () => undefined,
    findChain: async () => null,
    findSnapshot: async () => undefined,
    append: async () => {},
  };
}

/** What a decision says of itself: its verdict follows from reasons that each have a sentence. */
function unexplained(reasons: readonly Reason[], verdict: string): string[] {
  const wanted = { deny: 'fail', hold: 'wait', allow: 'pass' }[verdict];
  const silent = reasons.filter(({ sentence, rule }) => sentence.trim().length < 10 || rule === '');
  const because = reasons.filter(({ outcome }) => outcome === wanted);
  return [
    ...silent.map(({ rule }) => `${rule} says nothing`),
    ...(because.length === 0 ? [`${verdict} for no reason`] : []),
  ];
}

/** GitHub links every commit of the repository that is named; that is all it does. */
const commitLink = /^<a href="\/acme\/shop\/commit\/[0-9a-f]+">$/;

/** What of a comment acts when GitHub shows it, besides our own markup. */
function alive(markdown: string): readonly string[] {
  const html = renderMarkdown(markdown, { repositoryPath: '/acme/shop', breaks: true }).text;
  const acting = /<(?:a|img|h\d|table|input|blockquote|iframe|script|style|picture)\b[^>]*>/g;
  return [...html.matchAll(acting)].map(([tag]) => tag).filter((tag) => !commitLink.test(tag));
}

describe('whatever comes in', () => {
  it(
    'is read, judged and answered without a crash, each decision with its reasons, each comment as plain text',
    async () => {
      const seen = { refused: 0, ignored: 0, label: 0, assigned: 0, comment: 0, decided: 0 };
      await fc.assert(
        fc.asyncProperty(sample, async (one) => {
          const read = normalize(one.event ?? one.told[0], payloadOf(one), { botUserId: 99 });
          if (!read.ok) {
            seen.refused += 1;
            return expect(read.refusal.sentence.length).toBeGreaterThan(10);
          }
          if (read.value.kind === 'ignored') {
            seen.ignored += 1;
            return expect(read.value.because.length).toBeGreaterThan(5);
          }
          const wish = wishOf(read.value);
          if (wish === null) return;
          seen[wish.cause.kind as 'label' | 'assigned' | 'comment'] += 1;
          const ruling = await authorize({ kind: 'wish', eventId: 'e', wish }, depsOf(one));
          if (ruling.kind === 'ignored') return expect(ruling.because).toMatch(/\w{3}/);
          seen.decided += 1;
          const { verdict, reasons } = ruling.decision;
          expect(unexplained(reasons, verdict)).toEqual([]);
          const receipt = renderReceipt(ruling);
          expect(receipt.length).toBeLessThan(65_536);
          expect(alive(receipt)).toEqual([]);
        }),
        { numRuns: runs },
      );
      // A fuzzer that no longer reaches a place says nothing about it.
      expect(Math.min(...Object.values(seen))).toBeGreaterThan(0);
    },
    limitMs,
  );

  it(
    'is a command, or none, or wrong in one sentence; and its answer repeats nothing that acts',
    () => {
      const seen = { none: 0, command: 0, malformed: 0 };
      const said = fc.oneof(
        words,
        words.map((rest) => `/sallyport ${rest}`),
        fc.constantFrom('run', 'plan', 'why', 'stop', 'hold').map((name) => `/sallyport ${name}`),
      );
      fc.assert(
        fc.property(said, words, (text, login) => {
          const parsed = parseCommand(text);
          seen[parsed.kind] += 1;
          if (parsed.kind === 'none') return;
          const order = { eventId: 'e', given: { sender: { id: 1, login, type: 'User' }, parsed } };
          const because = parsed.kind === 'malformed' ? parsed.because : text;
          expect(because.length).toBeGreaterThan(5);
          const answer = renderAnswer(
            order as unknown as Order,
            refused('command-form', because, { lines: [text, login] }),
          );
          expect(answer.length).toBeLessThan(65_536);
          expect(alive(answer)).toEqual([]);
        }),
        { numRuns: runs },
      );
      expect(Math.min(seen.none, seen.command, seen.malformed)).toBeGreaterThan(5);
    },
    limitMs,
  );

  it('knows every kind of signal and every event that the App asks GitHub for', async () => {
    const manifest = await readFile(new URL('../../app.yml', import.meta.url), 'utf8');
    const read = payloads.map(([event, payload]) => normalize(event, payload, { botUserId: 99 }));
    // GitHub sends what is about the App itself without being asked.
    const own = ['github_app_authorization', 'installation', 'installation_repositories'];
    const names = new Set(payloads.map(([event]) => event));

    expect([...names].filter((name) => !own.includes(name)).sort()).toEqual(
      (parse(manifest) as { default_events: string[] }).default_events.toSorted(),
    );
    expect(read.map((one) => (one.ok ? one.value.kind : one.refusal.sentence))).not.toContain(
      'ignored',
    );
    expect(read.filter((one) => !one.ok)).toEqual([]);
  });

  it(
    'from outside GitHub is refused in one sentence, ignored with a reason, or an issue that nothing in it acts in',
    async () => {
      const seen = { refused: 0, ignored: 0, written: 0 };
      const records: OutsideRecord[] = [];
      const deps = {
        now: () => new Date(),
        verify: () => true,
        store: async (record: OutsideRecord) => {
          records.push(record);
          return 'stored' as const;
        },
      };
      await fc.assert(
        fc.asyncProperty(outside, async ({ kind, title, text, id, changes }) => {
          const at = new Date();
          const said = senders[kind].say({ id, title, text }, at) as JsonObject;
          const body = JSON.stringify(changes.reduce(applyChange, said));
          const { secret } = aSource(kind);
          const { headers } = senders[kind].sign(body, secret, at);
          const call = { header: (name: string) => headers[name] ?? '', body: Buffer.from(body) };
          const taken = await acceptOutside(aSource(kind), call, deps);
          if (!taken.ok) {
            seen.refused += 1;
            return expect(taken.refusal.sentence).toMatch(/\w{3}/);
          }
          const report = records.pop()?.signal;
          if (report?.kind !== 'report') {
            seen.ignored += 1;
            return expect(JSON.stringify(taken.value)).toMatch(/\w{3} \w/);
          }
          seen.written += 1;
          const written = renderOutside({
            ...aThread,
            source: kind,
            thread: report.thread,
            reports: [report],
          });
          expect(written.title).toMatch(/^[^\n]{1,256}$/);
          expect(written.body.length).toBeLessThan(65_536);
          // Our own first paragraph is a quotation.
          expect(alive(written.body.slice(written.body.indexOf('\n\n')))).toEqual([]);
          expect(parseCommand(written.body)).toEqual({ kind: 'none' });
        }),
        { numRuns: runs },
      );
      expect(Math.min(...Object.values(seen))).toBeGreaterThan(0);
    },
    limitMs,
  );

  it('would be seen: a decision without a reason, and a comment that acts (the control)', () => {
    expect(unexplained([], 'deny')).toEqual(['deny for no reason']);
    expect(unexplained([{ rule: 'r', outcome: 'fail', sentence: ' ' }], 'deny')).toHaveLength(1);
    expect(
      alive('see https://evil.test and @mara ![x](https://evil.test/y.png)').length,
    ).toBeGreaterThan(0);
  });
});
