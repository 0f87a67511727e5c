// What installs packages and what does the work have ways out of their own.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openOrigin, openTestSandbox, sh } from './open-test-sandbox.ts';

let origin: Awaited<ReturnType<typeof openOrigin>>;
beforeAll(async () => {
  origin = await openOrigin();
});
afterAll(() => origin.close());

const ask = 'curl -sk -m 8 -x http://127.0.0.1:3128 https://allowed.test/';
/** Holds a connection open and says when it is cut. */
const hold = [
  ...['node', '-e'],
  `require('tls').connect({ host: 'allowed.test', port: 443, servername: 'allowed.test', rejectUnauthorized: false })
    .on('secureConnect', () => console.log('open')).on('error', () => {}).on('close', () => console.log('cut'))`,
];

describe('a sandbox of two phases', () => {
  it('egress:closed: N15: ends the first phase’s ways out, open connections included', async () => {
    const box = await openTestSandbox({
      port: origin.port,
      next: { phase: 'verify', egress: { hosts: [], routes: [] } },
    });
    try {
      expect((await sh(box.sandbox, ask)).output).toBe('hello\n');
      let said = '';
      const open = Promise.withResolvers<void>();
      const held = await box.sandbox.start({
        argv: hold,
        environment: {},
        timeoutMs: 20_000,
        onOutput: (text) => {
          said += text;
          if (said.includes('open')) open.resolve();
        },
      });
      await open.promise;

      box.sandbox.advance();

      await held.exited;
      expect(said).toBe('open\ncut\n');
      const seen = origin.seen.length;
      await sh(box.sandbox, ask);
      expect(origin.seen).toHaveLength(seen);
      const calls = box.calls.filter(({ kind }) => kind !== 'dns');
      expect(calls.map(({ phase, rule }) => `${phase} ${rule}`)).toEqual([
        'work policy:allowed.test',
        'work policy:allowed.test',
        'verify host-not-listed',
      ]);
    } finally {
      await box.sandbox.close();
    }
  });
});
