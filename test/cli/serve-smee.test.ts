// A developer's machine has no address that GitHub could reach: a channel in between relays.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setLabel } from '#cli/demo/people.ts';
import { until } from '#cli/demo/until.ts';
import { openServedApp, type ServedApp } from '../story/a-served-app.ts';
import { openChannel } from './a-channel.ts';

const main = new URL('../../src/main.ts', import.meta.url).pathname;

describe('sallyport serve --smee', () => {
  let served: ServedApp;
  let channel: Awaited<ReturnType<typeof openChannel>>;
  beforeAll(async () => {
    channel = await openChannel();
    served = await openServedApp('true');
    served.github.setWebhook(channel.url);
  }, 60_000);
  afterAll(async () => {
    await served.close();
    channel.close();
  }, 60_000);

  it('hears of a label through the channel, signature checked', async () => {
    await served.start('--smee', channel.url);
    await until('the App to listen to the channel', 20_000, async () =>
      channel.listeners.size > 0 ? true : undefined,
    );
    await setLabel(served.maintainer, 'acme/sums', 1, 'sallyport');

    const [comment] = await until('the receipt', 60_000, async () => {
      const comments = await served.maintainer.get<{ body: string; user: { login: string } }[]>(
        '/repos/acme/sums/issues/1/comments',
      );
      return comments.length > 0 ? comments : undefined;
    });
    expect(comment).toMatchObject({ user: { login: 'sallyport[bot]' } });
  }, 120_000);

  it.each([
    [
      'no address',
      'smee',
      /expected a channel's address such as https:\/\/smee\.io\/NAME, got "smee"/,
    ],
    ['another scheme', 'ftp://smee.io/x', /expected a channel's address/],
  ])('refuses %s before anything is started', async (_name, value, sentence) => {
    const failed = await promisify(execFile)(process.execPath, [main, 'serve', '--smee', value], {
      env: { PATH: process.env.PATH },
    }).catch((error: { code: number; stderr: string }) => error);

    expect(failed).toMatchObject({ code: 2, stderr: expect.stringMatching(sentence) });
  });
});
