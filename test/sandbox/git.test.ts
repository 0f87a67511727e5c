// Git over HTTPS, by the program itself: what is fetched passes, what is pushed never does.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { egressBundles } from '#model/egress-bundle.ts';
import { openGitOrigin } from './git-origin.ts';
import { openTestSandbox, sh } from './open-test-sandbox.ts';

let origin: Awaited<ReturnType<typeof openGitOrigin>>;
let box: Awaited<ReturnType<typeof openTestSandbox>>;

beforeAll(async () => {
  origin = await openGitOrigin();
  box = await openTestSandbox({
    port: origin.port,
    trusted: origin.certificate,
    hosts: [
      {
        host: 'github.com',
        rule: 'policy:github',
        rules: egressBundles.github.filter(({ host }) => host === 'github.com'),
      },
      { host: 'open.test', rule: 'policy:open.test', rules: [{}] },
    ],
  });
});
afterAll(async () => {
  await box.sandbox.close();
  await origin.close();
});

const git = 'git -c user.name=a -c user.email=a@example.com';
const clone = (host: string, as: string) =>
  `rm -rf ${as}; ${git} clone -q https://${host}/acme/shop.git ${as} && ${git} -C ${as} rev-parse HEAD`;

describe('git through the gate', () => {
  it.each([
    ['by the proxy', 'export https_proxy=http://127.0.0.1:3128; '],
    ['transparently', ''],
  ])('clones %s, each request with its line', async (_how, before) => {
    const calls = box.calls.length;
    const { output } = await sh(box.sandbox, before + clone('github.com', '/tmp/a'));

    expect(output.trim()).toBe(origin.commit);
    const lines = box.calls.slice(calls).filter(({ kind }) => kind === 'http');
    expect(new Set(lines.map(({ method, path }) => `${method} ${path}`))).toEqual(
      new Set(['GET /acme/shop.git/info/refs', 'POST /acme/shop.git/git-upload-pack']),
    );
    expect(lines.filter(({ decision }) => decision !== 'allowed')).toEqual([]);
  });

  it.each(['github.com', 'open.test'])(
    'G7: refuses a push to %s, whatever else the policy lets pass there',
    async (host) => {
      const seen = origin.seen.length;
      const { output } = await sh(
        box.sandbox,
        `${clone(host, '/tmp/b')} && cd /tmp/b && ${git} commit -q --allow-empty -m c4n4ry; ` +
          `${git} push -q origin HEAD:refs/heads/evil; echo "ended $?"; ${clone(host, '/tmp/c')}`,
      );

      expect(output).toContain('403');
      expect(output).not.toContain('ended 0');
      expect(output.trim().endsWith(origin.commit)).toBe(true); // the control: reading goes on
      expect(origin.seen.slice(seen).filter((one) => one.includes('receive-pack'))).toEqual([]);
      expect(origin.refs()).toEqual(['refs/heads/main']);
      expect(box.calls.filter(({ rule }) => rule === 'git-write').at(-1)).toMatchObject({
        host,
        path: '/acme/shop.git/info/refs',
        decision: 'refused',
      });
    },
  );
});
