import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openReceiver, openTestGitHub, type TestGitHub } from './api-world.ts';

const SHOP = '/repos/acme/shop';
let test: TestGitHub;
let receiver: Awaited<ReturnType<typeof openReceiver>>;
beforeAll(async () => {
  test = await openTestGitHub();
  receiver = await openReceiver();
  test.github.setWebhook(receiver.url);
});
afterAll(async () => {
  await test.close();
  await receiver.close();
});

describe('a webhook', () => {
  it('carries both signatures over its exact bytes, and who and where', async () => {
    await test.call(test.github.tokens.grace ?? '', 'POST', `${SHOP}/issues/1/labels`, {
      labels: ['sallyport'],
    });
    await test.github.idle();
    const [delivery] = receiver.received;
    const secret = test.github.app?.webhookSecret ?? '';
    const sign = (algorithm: string) =>
      `${algorithm}=${createHmac(algorithm, secret)
        .update(delivery?.text ?? '')
        .digest('hex')}`;

    expect(delivery?.headers['x-hub-signature-256']).toBe(sign('sha256'));
    expect(delivery?.headers['x-hub-signature']).toBe(sign('sha1'));
    expect(delivery?.headers['x-github-event']).toBe('issues');
    expect(JSON.parse(delivery?.text ?? '')).toMatchObject({
      action: 'labeled',
      label: { name: 'sallyport' },
      issue: { number: 1 },
      repository: { full_name: 'acme/shop' },
      organization: { login: 'acme' },
      sender: { login: 'grace' },
      installation: { id: test.github.app?.installationId },
    });
  });

  it('is sent again on demand with the same GUID and a new number', async () => {
    const jwt = await test.appJwt();
    const list = await test.call(jwt, 'GET', '/app/hook/deliveries');
    const { id, guid } = list.body[0];
    const attempt = await test.call(jwt, 'POST', `/app/hook/deliveries/${id}/attempts`);
    await test.github.idle();
    const after = await test.call(jwt, 'GET', '/app/hook/deliveries');

    expect(attempt.status).toBe(202);
    expect(after.body[0]).toMatchObject({ guid, redelivery: true, status_code: 202 });
    expect(after.body[0].id).not.toBe(id);
    expect(receiver.received.at(-1)?.headers['x-github-delivery']).toBe(guid);
  });

  it('comes in the order of events, for what the App subscribed to and caused itself', async () => {
    receiver.received.length = 0;
    const token = await test.installationToken();
    await test.call(token, 'POST', `${SHOP}/issues/2/comments`, { body: 'seen' });
    await test.call(token, 'POST', `${SHOP}/issues/2/labels`, { labels: ['a', 'b'] });
    await test.github.idle();
    const names = receiver.received.map(({ text }) => {
      const { action, label, comment } = JSON.parse(text);
      return `${action} ${label?.name ?? comment?.body}`;
    });

    expect(names).toEqual(['created seen', 'labeled a', 'labeled b']);
  });

  it('that nobody takes is in the log as failed, and blocks no answer', async () => {
    test.github.setWebhook('http://127.0.0.1:9/closed');
    const reply = await test.call(test.github.tokens.ada ?? '', 'POST', `${SHOP}/issues`, {
      title: 'Still works',
    });
    await test.github.idle();
    test.github.setWebhook(receiver.url);

    expect(reply.status).toBe(201);
    expect(test.github.deliveries().at(-1)).toMatchObject({ statusCode: 0, event: 'issues' });
  });
});
