import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { normalize } from '#ingress/normalize.ts';
import type { JsonObject } from '#model/json.ts';
import { issueTextSha256 } from '#model/signal.ts';

const self = { botUserId: 99 };
const mona = { id: 1, login: 'mona', type: 'User' };
const payload = (changes: JsonObject = {}, comment: JsonObject = {}): JsonObject => ({
  action: 'created',
  repository: { id: 5, name: 'shop', owner: { id: 6, login: 'acme' } },
  installation: { id: 3 },
  sender: mona,
  issue: { number: 4, title: 'Fix the total', body: 'It is wrong.' },
  comment: {
    id: 1001,
    node_id: 'IC_1',
    body: '/sallyport run',
    created_at: '2026-11-22T10:00:00Z',
    user: mona,
    performed_via_github_app: null,
    ...comment,
  },
  ...changes,
});
const read = (body: JsonObject) => {
  const signal = normalize('issue_comment', body, self);
  if (!signal.ok) throw new Error(signal.refusal.sentence);
  return signal.value;
};

describe('issue_comment', () => {
  it('is a command with the text its author saw', () => {
    expect(read(payload())).toMatchObject({
      kind: 'command_given',
      issue: 4,
      isPull: false,
      comment: { id: 1001, nodeId: 'IC_1' },
      parsed: { kind: 'command', command: { name: 'run' } },
      at: '2026-11-22T10:00:00Z',
      textSha256: issueTextSha256('Fix the total', 'It is wrong.'),
      sender: mona,
    });
    const issue = { number: 4, title: 'Fix', body: null, pull_request: { url: 'x' } };
    expect(read(payload({ issue }))).toMatchObject({ kind: 'command_given', isPull: true });
  });

  it.each<[string, JsonObject]>([
    ['edited', payload({ action: 'edited' })],
    ['deleted', payload({ action: 'deleted' })],
    ['pinned, as GitHub may call something one day', payload({ action: 'pinned' })],
    ['by a bot', payload({ sender: { ...mona, type: 'Bot' } }, { user: mona })],
    ['by an organization', payload({ sender: { ...mona, type: 'Organization' } })],
    ['our own', payload({ sender: { ...mona, id: 99 } }, { user: { id: 99 } })],
    ['by an App with a person’s token', payload({}, { performed_via_github_app: { id: 7 } })],
    ['somebody else’s', payload({}, { user: { id: 2 } })],
    ['by an account that is gone', payload({}, { user: null })],
    ['no command', payload({}, { body: 'Thank you!' })],
    ['empty', payload({}, { body: null })],
  ])('T-G7: is ignored when it is %s, and GitHub is asked nothing', (_, body) => {
    expect(read(body)).toMatchObject({ kind: 'ignored', because: expect.any(String) });
  });

  it('never fails on any shape, and says what it expected', () => {
    const part = fc.oneof(
      fc.constantFrom(1, -1, 2 ** 53, '', '/sallyport run', null, true, [], {}),
      fc.string({ unit: 'binary' }),
    );
    const keys = fc.constantFrom(
      ...['action', 'repository', 'installation', 'sender', 'issue', 'comment'],
      ...['comment.id', 'comment.body', 'comment.user', 'comment.created_at', 'issue.number'],
      ...['issue.title', 'sender.type', 'comment.node_id', 'comment.performed_via_github_app'],
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(keys, part), { maxLength: 4 }), (changes) => {
        const body = structuredClone(payload()) as Record<string, unknown>;
        for (const [key, value] of changes) set(body, key.split('.'), value);
        const signal = normalize('issue_comment', body as JsonObject, self);
        if (!signal.ok) expect(signal.refusal.sentence).toMatch(/^expected the shape of issue_/);
        else if (signal.value.kind !== 'command_given') {
          expect(signal.value).toEqual({ kind: 'ignored', because: expect.stringMatching(/./) });
        } else expect(signal.value.sender).toMatchObject({ type: 'User' });
      }),
      { numRuns: 1000 },
    );
  });
});

function set(
  body: Record<string, unknown>,
  [first = '', second]: readonly string[],
  value: unknown,
) {
  const inner = body[first];
  if (second === undefined) body[first] = value;
  else if (typeof inner === 'object' && inner !== null) Reflect.set(inner, second, value);
}
