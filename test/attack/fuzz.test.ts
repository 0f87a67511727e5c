// Payloads of any shape and comments of any text, through reading, judging and what is posted about
// it. `npm run fuzz` takes 20,000 samples (another number with FUZZ_RUNS), `npm test` some hundred.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { refused } from '#command/answer.ts';
import type { Order } from '#command/deps.ts';
import { renderAnswer } from '#command/render-answer.ts';
import { normalize } from '#ingress/normalize.ts';
import { renderMarkdown } from '#local/page/render-markdown.ts';
import { parseCommand } from '#model/command.ts';
import type { Reason } from '#model/decision.ts';
import type { JsonObject } from '#model/json.ts';
import type { Signal } from '#model/signal.ts';
import type { Wish } from '#policy/ask.ts';
import type { LiveView } from '#policy/facts.ts';
import type { PolicyDeps } from '#policy/policy.ts';
import { authorize } from '#policy/policy.ts';
import { renderReceipt } from '#policy/render-receipt.ts';
import { idle, policyText } from '../dispatch/a-ruling.ts';
import { attacks } from '../evidence/attack-text.ts';
import { issue, view } from '../policy/some-facts.ts';
import { payloads } from './payloads.ts';

const runs = Number(process.env.FUZZ_RUNS ?? 150);
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

const sample = fc.record({
  // Most are meant to be judged: what asks for work, and at most a little wrong.
  event: fc.oneof(
    { weight: 3, arbitrary: fc.constant('issues') },
    { weight: 2, arbitrary: fc.constantFrom(...Object.keys(payloads)) },
    { weight: 1, arbitrary: fc.string({ maxLength: 20 }) },
  ),
  body: fc.constantFrom(...Object.values(payloads)),
  own: fc.nat({ max: 4 }).map((one) => one > 0),
  changes: fc.oneof(fc.constant<Change[]>([]), fc.array(change, { maxLength: 3 })),
  text: words,
  title: words,
  policy: policies,
  role: fc.constantFrom('none', 'read', 'triage', 'write', 'maintain', 'admin'),
  sender: fc.constantFrom('User', 'Bot', 'Organization', 'Mannequin'),
});
type Sample = typeof sample extends fc.Arbitrary<infer T> ? T : never;

/** The payload of the event, with a text of its own and a few things wrong with it. */
function payloadOf({ event, body, own, changes, text, title, sender }: Sample): JsonObject {
  const start = own ? (payloads[event] ?? body) : body;
  const told: Record<string, unknown> = structuredClone({ ...start });
  const write = (name: string, said: object) => {
    if (typeof told[name] === 'object') told[name] = { ...told[name], ...said };
  };
  write('issue', { title, body: text });
  write('comment', { body: text });
  write('sender', { type: sender });
  return changes.reduce(applyChange, told as JsonObject);
}

/** The same wish that the App makes of a signal; null when it asks for no work. */
function wishOf(signal: Signal): Wish | null {
  if (signal.kind !== 'label_set') return null;
  return { ...signal, cause: { kind: 'label', label: signal.label } };
}

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
      const seen = { refused: 0, ignored: 0, wishes: 0, decided: 0 };
      await fc.assert(
        fc.asyncProperty(sample, async (one) => {
          const read = normalize(one.event, payloadOf(one), { botUserId: 99 });
          if (!read.ok) {
            seen.refused += 1;
            expect(read.refusal.sentence.length).toBeGreaterThan(10);
          } else if (read.value.kind === 'ignored') {
            seen.ignored += 1;
            expect(read.value.because.length).toBeGreaterThan(5);
          }
          const wish = read.ok ? wishOf(read.value) : null;
          if (wish === null) return;
          seen.wishes += 1;
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
      expect(Math.min(seen.refused, seen.ignored, seen.wishes, seen.decided)).toBeGreaterThan(5);
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

  it('would be seen: a decision without a reason, and a comment that acts (the control)', () => {
    expect(unexplained([], 'deny')).toEqual(['deny for no reason']);
    expect(unexplained([{ rule: 'r', outcome: 'fail', sentence: ' ' }], 'deny')).toHaveLength(1);
    expect(
      alive('see https://evil.test and @mara ![x](https://evil.test/y.png)').length,
    ).toBeGreaterThan(1);
  });
});
