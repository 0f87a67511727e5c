// Watching lets every public host pass, reads it, and still lets no push, no plain text and nothing inside out.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { proposeEgress } from '#sandbox/propose/propose-egress.ts';
import { openOrigin, openTestSandbox, sh } from './open-test-sandbox.ts';

let origin: Awaited<ReturnType<typeof openOrigin>>;
beforeAll(async () => {
  origin = await openOrigin();
});
afterAll(() => origin.close());

const watched = (addresses?: readonly string[]) =>
  openTestSandbox({
    port: origin.port,
    trusted: origin.certificate,
    hosts: [],
    observes: true,
    ...(addresses ? { addresses } : {}),
  });

describe('a sandbox that is watched', () => {
  it('reads what is asked of hosts that nothing lists, by proxy and transparently', async () => {
    const box = await watched();
    try {
      const ask = (path: string, more = '') => `curl -s -m 8 ${more} https://allowed.test${path};`;
      const { output } = await sh(
        box.sandbox,
        `${ask('/v1/a', '-x http://127.0.0.1:3128')} ${ask('/@a%2fb')} ${ask('/v1/c', '-d x')}
         curl -s -m 8 http://allowed.test/plain; curl -s -m 8 "https://allowed.test/x.git/info/refs?service=git-receive-pack"`,
      );

      expect(output.startsWith('hello\nhello\nhello\n')).toBe(true);
      expect(origin.seen).toEqual([
        'GET /v1/a HTTP/1.1',
        'GET /@a%2fb HTTP/1.1',
        'POST /v1/c HTTP/1.1',
      ]);
      const { work, skipped } = proposeEgress(box.calls, []);
      expect(work.map(({ entry }) => entry)).toEqual([
        { host: 'allowed.test', methods: ['GET'], paths: ['/@a%2fb', '/v1/a'] },
        { host: 'allowed.test', methods: ['POST'], paths: ['/v1/c'] },
      ]);
      expect(skipped.map(({ because }) => because)).toEqual([
        expect.stringContaining('plain HTTP'),
        expect.stringContaining('pushed to with git'),
      ]);
    } finally {
      await box.sandbox.close();
    }
  });

  it('egress:closed: dials no address of the runner’s own network', async () => {
    const box = await watched(['10.0.0.5']);
    try {
      await sh(box.sandbox, 'curl -sk -m 8 https://allowed.test/');
      expect(box.dialled).toEqual([]);
      expect(box.calls.at(-1)).toMatchObject({ decision: 'refused', rule: 'private-address' });
    } finally {
      await box.sandbox.close();
    }
  });
});
