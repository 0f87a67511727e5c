import { createHmac, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createVerifier } from '#github/webhook.ts';
import type { Delivery, NewDelivery } from '#ingress/ingress.ts';
import { accept, deliveryBytesMax, readSignal } from '#ingress/ingress.ts';
import { normalize } from '#ingress/normalize.ts';
import { startGuards } from '#ingress/start-guards.ts';
import type { Json, JsonObject } from '#model/json.ts';
import { issueTextSha256 } from '#model/signal.ts';

const secret = 'a secret of at least thirty-two bytes';
const privateKeyPem = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs1', format: 'pem' })
  .toString();
const verify = createVerifier({ appId: 7, privateKeyPem, webhookSecret: secret });
const botUserId = 99;

const about = {
  repository: {
    id: 5,
    name: 'shop',
    default_branch: 'main',
    owner: { id: 6, login: 'acme', type: 'Organization' },
  },
  installation: { id: 3 },
  sender: { id: 1, login: 'mona', type: 'User' },
};
const labeled = {
  action: 'labeled',
  ...about,
  label: { id: 9, name: 'sallyport' },
  issue: { id: 8, number: 4, title: 'Fix it', body: null, updated_at: '2026-11-22T10:00:00Z' },
};
const signalAbout = {
  repository: { id: 5, ownerId: 6, owner: 'acme', name: 'shop' },
  installationId: 3,
  sender: { id: 1, login: 'mona', type: 'User' },
};

function sign(body: Uint8Array, key = secret): string {
  return `sha256=${createHmac('sha256', key).update(body).digest('hex')}`;
}

function deliver(payload: unknown, changes: Partial<Delivery> = {}): Delivery {
  const body = Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));
  return { guid: 'g-1', event: 'issues', signature: sign(body), targetId: '7', body, ...changes };
}

function open() {
  const stored: unknown[] = [];
  return {
    stored,
    deps: {
      appId: 7,
      botUserId,
      verify,
      store: async (record: unknown) => {
        stored.push(record);
        return 'stored' as const;
      },
    },
  };
}

describe('accept', () => {
  it('takes a signed delivery, keeps it and reads the signal from the record', async () => {
    const { deps, stored } = open();

    const accepted = await accept(deliver(labeled), deps);

    expect(accepted).toMatchObject({ ok: true, value: { duplicate: false } });
    const [record] = stored as NewDelivery[];
    const text = Buffer.from(record?.body ?? []).toString();
    expect(text).toBe(JSON.stringify(labeled));
    expect(record && readSignal({ ...record, payload: JSON.parse(text) }, deps)).toEqual({
      kind: 'label_set',
      ...signalAbout,
      issue: 4,
      label: 'sallyport',
      at: '2026-11-22T10:00:00Z',
      textSha256: issueTextSha256('Fix it', ''),
    });
  });

  it('answers a duplicate as taken, because its sender did nothing wrong', async () => {
    const { deps } = open();

    const accepted = await accept(deliver(labeled), { ...deps, store: async () => 'duplicate' });

    expect(accepted).toMatchObject({ ok: true, value: { duplicate: true } });
  });

  const big = Buffer.alloc(deliveryBytesMax + 1, 32);
  const latin = Buffer.from([0x7b, 0x22, 0xe9, 0x22, 0x3a, 0x31, 0x7d]);
  it.each([
    [
      'a body over the cap, before its signature is looked at',
      deliver('', { body: big }),
      'body_too_large',
    ],
    ['a body that was changed', deliver(labeled, { body: Buffer.from('{}') }), 'signature_invalid'],
    [
      'another secret',
      deliver('{}', { signature: sign(Buffer.from('{}'), 'development') }),
      'signature_invalid',
    ],
    ['no signature', deliver(labeled, { signature: '' }), 'signature_invalid'],
    [
      'an SHA-1 signature',
      deliver(labeled, { signature: `sha1=${'0'.repeat(40)}` }),
      'signature_invalid',
    ],
    ['an empty body', deliver(''), 'signature_invalid'],
    [
      'bytes that are not UTF-8',
      deliver('', { body: latin, signature: sign(latin) }),
      'signature_invalid',
    ],
    ['a GUID with a line feed', deliver(labeled, { guid: 'a\nb' }), 'headers_invalid'],
    ['another App’s delivery', deliver(labeled, { targetId: '8' }), 'wrong_target'],
    ['text that is no JSON', deliver('{"a":'), 'json_invalid'],
    ['a JSON list', deliver('[1]'), 'json_invalid'],
    [
      'a signed body under another event’s name',
      deliver(labeled, { event: 'pull_request' }),
      'shape_invalid',
    ],
    ['a signed body as a push', deliver(labeled, { event: 'push' }), 'shape_invalid'],
    ['an action that is no word', deliver({ ...labeled, action: 'a\0b' }), 'shape_invalid'],
    ['an id as a string', deliver({ ...labeled, installation: { id: '3' } }), 'shape_invalid'],
  ])('refuses %s, and keeps nothing', async (_name, delivery, reason) => {
    const { deps, stored } = open();

    const accepted = await accept(delivery, deps);

    expect(accepted).toMatchObject({ ok: false, refusal: { reason } });
    expect(stored).toEqual([]);
  });

  it('takes a delivery without a target id, as GitHub Enterprise sends them', async () => {
    const { deps } = open();

    expect(await accept(deliver(labeled, { targetId: undefined }), deps)).toMatchObject({
      ok: true,
    });
  });
});

describe('normalize', () => {
  const pull = { number: 12, merged: false };
  const asking = {
    id: 1,
    state: 'changes_requested',
    body: 'Use a name.',
    commit_id: 'a'.repeat(40),
    user: { id: 1 },
  };
  const failing = {
    id: 5,
    name: 'lint',
    head_sha: 'a'.repeat(40),
    conclusion: 'failure',
    app: { id: 15368 },
  };
  const job = {
    run_id: 70,
    run_attempt: 1,
    name: 'agent / agent',
    status: 'completed',
    conclusion: 'success',
  };

  it.each<[string, string, unknown, JsonObject]>([
    [
      'a label that was removed',
      'issues',
      { ...labeled, action: 'unlabeled' },
      { kind: 'label_removed', issue: 4 },
    ],
    [
      'a closed issue',
      'issues',
      { ...labeled, action: 'closed' },
      { kind: 'issue_closed', issue: 4 },
    ],
    [
      'a deleted issue',
      'issues',
      { ...labeled, action: 'deleted' },
      { kind: 'issue_closed', issue: 4 },
    ],
    [
      'an issue that was moved to another repository',
      'issues',
      { ...labeled, action: 'transferred', changes: { new_repository: { id: 9 } } },
      { kind: 'issue_closed', issue: 4 },
    ],
    [
      'a reopened issue',
      'issues',
      { ...labeled, action: 'reopened' },
      { kind: 'issue_reopened', issue: 4 },
    ],
    ['another action', 'issues', { ...labeled, action: 'pinned' }, { kind: 'ignored' }],
    [
      'our own bot’s label',
      'issues',
      { ...labeled, sender: { id: botUserId, login: 's[bot]', type: 'Bot' } },
      { kind: 'ignored' },
    ],
    [
      'a pull request’s label',
      'issues',
      { ...labeled, issue: { ...labeled.issue, pull_request: {} } },
      { kind: 'ignored' },
    ],
    [
      'a dependency',
      'issue_dependencies',
      { ...about, action: 'blocked_by_added', blocked_issue: { number: 5 } },
      { kind: 'dependency_changed', issue: 5 },
    ],
    [
      'a dependency of another repository',
      'issue_dependencies',
      {
        ...about,
        action: 'blocking_added',
        blocked_issue: { number: 5 },
        blocked_issue_repo: { id: 1 },
      },
      { kind: 'ignored' },
    ],
    [
      'a new head',
      'pull_request',
      { ...about, action: 'synchronize', pull_request: pull },
      { kind: 'pull_changed', pull: 12 },
    ],
    [
      'a merge',
      'pull_request',
      { ...about, action: 'closed', pull_request: { number: 12, merged: true } },
      { kind: 'pull_closed', merged: true, reverts: null },
    ],
    [
      'a label on a pull request',
      'pull_request',
      { ...about, action: 'labeled', pull_request: pull },
      { kind: 'ignored' },
    ],
    [
      'a review',
      'pull_request_review',
      { ...about, action: 'submitted', review: { id: 1 }, pull_request: pull },
      { kind: 'review_changed', pull: 12 },
    ],
    [
      'a review that asks for changes',
      'pull_request_review',
      { ...about, action: 'submitted', review: asking, pull_request: pull },
      { kind: 'changes_requested', pull: 12, reviewId: 1, headSha: 'a'.repeat(40) },
    ],
    [
      'T-G11 one that was edited',
      'pull_request_review',
      { ...about, action: 'edited', review: asking, pull_request: pull },
      { kind: 'review_changed' },
    ],
    [
      'one that somebody else’s delivery carries',
      'pull_request_review',
      {
        ...about,
        action: 'submitted',
        review: { ...asking, user: { id: 1234 } },
        pull_request: pull,
      },
      { kind: 'review_changed' },
    ],
    [
      'a check that failed',
      'check_run',
      { ...about, action: 'completed', check_run: failing },
      { kind: 'check_failed', checkRunId: 5, check: 'lint', app: 15368, headSha: 'a'.repeat(40) },
    ],
    [
      'a check that passed',
      'check_run',
      { ...about, action: 'completed', check_run: { ...failing, conclusion: 'success' } },
      { kind: 'ignored' },
    ],
    [
      'a check that was asked for again',
      'check_run',
      { ...about, action: 'rerequested', check_run: failing },
      { kind: 'ignored' },
    ],
    [
      'a push to the default branch',
      'push',
      { ...about, ref: 'refs/heads/main', before: '', after: 'a'.repeat(40) },
      { kind: 'base_moved', sha: 'a'.repeat(40), reverts: [] },
    ],
    [
      'a push of a revert',
      'push',
      {
        ...about,
        ref: 'refs/heads/main',
        before: '',
        after: 'a'.repeat(40),
        commits: [
          { message: `Revert "x"\n\nThis reverts commit ${'b'.repeat(40)}.` },
          { message: `This reverts commit ${'b'.repeat(40)}, and that is bbbb.` },
          { message: 'This reverts commit bbbb.' },
        ],
      },
      { kind: 'base_moved', reverts: ['b'.repeat(40)] },
    ],
    [
      'a push elsewhere',
      'push',
      { ...about, ref: 'refs/heads/x', before: '', after: 'a'.repeat(40) },
      { kind: 'ignored' },
    ],
    [
      'a job that ended',
      'workflow_job',
      { ...about, action: 'completed', workflow_job: job },
      { kind: 'job_changed', workflowRunId: 70, job: 'agent / agent', status: 'completed' },
    ],
    [
      'a job in a state we do not know',
      'workflow_job',
      { ...about, action: 'x', workflow_job: { ...job, status: 'new' } },
      { kind: 'ignored' },
    ],
    [
      'a workflow run that ended',
      'workflow_run',
      {
        ...about,
        action: 'completed',
        workflow_run: { id: 70, run_attempt: 1, conclusion: 'failure' },
      },
      { kind: 'workflow_ended', conclusion: 'failure' },
    ],
    [
      'a suspended installation',
      'installation',
      { action: 'suspend', installation: { id: 3 } },
      { kind: 'installation_changed', installationId: 3, action: 'suspend' },
    ],
    [
      'a person who took back what they let the App do',
      'github_app_authorization',
      { action: 'revoked', sender: about.sender },
      { kind: 'authorization_revoked', person: { id: about.sender.id } },
    ],
    ['an event nobody asked for', 'star', about, { kind: 'ignored' }],
    ['an event named as a member of every object', 'constructor', about, { kind: 'ignored' }],
  ])('understands %s', (_name, event, payload, expected) => {
    expect(normalize(event, payload as JsonObject, { botUserId })).toMatchObject({
      ok: true,
      value: expected,
    });
  });

  it('answers every JSON object under every event’s name, and throws for none', () => {
    const events = [
      'issues',
      'issue_dependencies',
      'pull_request',
      'pull_request_review',
      'push',
      'workflow_job',
      'workflow_run',
      'installation',
      'github_app_authorization',
      '__proto__',
    ];
    const broken = fc
      .tuple(fc.constantFrom(...Object.keys(labeled)), fc.jsonValue())
      .map(([key, value]) => ({ ...labeled, [key]: value }));
    const payload = fc.oneof(broken, fc.dictionary(fc.string(), fc.jsonValue()));

    fc.assert(
      fc.property(fc.constantFrom(...events), payload, (event, value) => {
        const signal = normalize(event, value as { [key: string]: Json }, { botUserId });
        expect(typeof signal.ok).toBe('boolean');
      }),
      { numRuns: 500 },
    );
  });
});

describe('startGuards', () => {
  const good = { webhookSecret: secret, appId: 7, privateKeyPem };

  it('lets an App with a secret, a number and a key start', () => {
    expect(startGuards(good)).toEqual([]);
  });

  it.each([
    ['no secret', { webhookSecret: '' }, 'WEBHOOK_SECRET is empty'],
    ['the public word', { webhookSecret: 'development' }, 'public'],
    ['a short secret', { webhookSecret: 'x'.repeat(31) }, '31 bytes'],
    ['a client id', { appId: 'Iv23abc' }, 'APP_ID'],
    ['no key', { privateKeyPem: ' ' }, 'absent'],
    ['a public key', { privateKeyPem: '-----BEGIN PUBLIC KEY-----' }, 'unreadable'],
  ])('stops an App with %s, in one sentence', (_name, change, words) => {
    const sentences = startGuards({ ...good, ...change });

    expect(sentences).toHaveLength(1);
    expect(sentences[0]).toContain(words);
  });
});

describe('a pull request that says what it reverts', () => {
  it.each<[string, string, boolean, string, number | null]>([
    ['merged, as the button writes it', 'Reverts acme/shop#7', true, 'main', 7],
    ['merged, by number alone', 'Because it broke.\n\nReverts #7', true, 'main', 7],
    ['of another repository', 'Reverts other/place#7', true, 'main', null],
    ['closed without a merge', 'Reverts #7', false, 'main', null],
    ['merged into another branch', 'Reverts #7', true, 'next', null],
    ['in the middle of a sentence', 'This also Reverts #7 somehow', true, 'main', null],
  ])('%s', (...[, body, merged, ref, reverts]) => {
    const pull_request = { number: 12, merged, body, base: { ref } };
    const signal = normalize(
      'pull_request',
      { ...about, action: 'closed', pull_request },
      { botUserId: 1 },
    );

    expect(signal).toMatchObject({ ok: true, value: { kind: 'pull_closed', reverts } });
  });
});
