// From what was asked for to the smallest list. What was asked for is the agent's words.
import { describe, expect, it } from '@jest/globals';
import type { EgressCall } from '#model/egress-call.ts';
import { egressSchema } from '#model/egress-entry.ts';
import { narrowPaths } from '#sandbox/propose/narrow-paths.ts';
import { proposeEgress } from '#sandbox/propose/propose-egress.ts';

const call = (more: Partial<EgressCall>): EgressCall => ({
  at: '2026-11-23T10:00:00.000Z',
  phase: 'work',
  kind: 'http',
  method: 'GET',
  host: 'api.test',
  port: 443,
  path: '/v1/a',
  address: '93.184.215.14',
  decision: 'allowed',
  rule: 'observed',
  bytesOut: 0,
  bytesIn: 0,
  durationMs: 1,
  status: 200,
  because: null,
  process: null,
  ...more,
});
const refused = (more: Partial<EgressCall>) => call({ decision: 'refused', status: 403, ...more });

describe('proposeEgress', () => {
  it('lists each host with the methods, paths and ports that were asked for, and why', () => {
    const { setup, work } = proposeEgress(
      [
        call({}),
        call({}),
        call({ method: 'HEAD', path: '/v1/b' }),
        call({ method: 'POST', path: '/v1/search' }),
        call({ host: 'files.test', port: 8443, phase: 'setup', path: '/x.tgz' }),
      ],
      [],
    );

    expect(setup).toEqual([
      {
        entry: { host: 'files.test', ports: [8443], methods: ['GET'], paths: ['/x.tgz'] },
        reason: 'asked for once: GET /x.tgz',
      },
    ]);
    expect(work).toEqual([
      {
        entry: { host: 'api.test', methods: ['GET', 'HEAD'], paths: ['/v1/a', '/v1/b'] },
        reason: 'asked for 3 times: GET /v1/a, HEAD /v1/b',
      },
      {
        entry: { host: 'api.test', methods: ['POST'], paths: ['/v1/search'] },
        reason: 'asked for once: POST /v1/search',
      },
    ]);
  });

  it('takes a bundle where it covers all that was asked of its hosts, and no bundle otherwise', () => {
    const simple = call({ host: 'pypi.org', path: '/simple/requests/' });
    const wheel = call({ host: 'files.pythonhosted.org', path: '/packages/a/b/c.whl' });
    expect(proposeEgress([simple, wheel], []).work).toEqual([
      {
        entry: 'pypi',
        reason: 'asked for 2 times: GET /packages/a/b/c.whl, GET /simple/requests/',
      },
    ]);
    const upload = call({ host: 'pypi.org', method: 'POST', path: '/legacy/' });
    expect(proposeEgress([simple, upload], []).work.map(({ entry }) => entry)).toEqual([
      { host: 'pypi.org', methods: ['GET'], paths: ['/simple/requests/'] },
      { host: 'pypi.org', methods: ['POST'], paths: ['/legacy/'] },
    ]);
  });

  it('says when it cannot say less than a tunnel, and what no entry allows', () => {
    const { work, skipped } = proposeEgress(
      [
        refused({ kind: 'connect', rule: 'host-not-listed', host: 'a.test', path: null }),
        refused({ rule: 'handshake', host: 'jvm.test', path: null, method: null }),
        refused({ rule: 'git-write', host: 'github.com', path: '/a/b.git/git-receive-pack' }),
        refused({ rule: 'private-address', host: 'inside.test', path: null }),
        refused({ rule: 'ip-literal', host: '10.0.0.1', path: null }),
        refused({ kind: 'dns', rule: 'name-not-listed', host: 'named.test' }),
      ],
      [],
    );
    expect(work).toEqual([
      { entry: { host: 'a.test' }, reason: expect.stringContaining('observe it to say less') },
      { entry: { host: 'jvm.test' }, reason: expect.stringContaining('does not believe') },
    ]);
    expect(skipped).toEqual([
      { host: 'github.com', because: expect.stringContaining('pushed to with git') },
      { host: 'inside.test', because: 'its address is not a public one' },
    ]);
  });

  it('proposes nothing that is allowed already, and names what was not used', () => {
    const current = egressSchema.parse([
      'npm',
      'pypi',
      { host: 'api.test', methods: ['GET'], paths: ['/v1/*'] },
      { host: 'api.test', methods: ['POST'], paths: ['/v2/*'] },
    ]);
    const calls = [
      call({ rule: 'policy:api.test' }),
      call({ rule: 'policy:npm', host: 'registry.test', path: '/x' }),
    ];
    expect(proposeEgress(calls, current)).toEqual({
      setup: [],
      work: [],
      unused: [
        { phase: 'work', entry: 'pypi' },
        { phase: 'work', entry: { host: 'api.test', methods: ['POST'], paths: ['/v2/*'] } },
      ],
      skipped: [],
    });
  });

  it('text:hostile: says of paths that would be more than themselves only their folder', () => {
    const paths = [
      '/v1/a`](https://evil.test)',
      '/v1/${{ secrets.X }}',
      '/*',
      '/a\n- host: b.test',
    ];
    const { work } = proposeEgress(
      paths.map((path) => call({ path })),
      [],
    );
    expect(work).toEqual([
      {
        entry: { host: 'api.test', methods: ['GET'], paths: ['/**'] },
        reason: 'asked for 4 times',
      },
    ]);
    expect(narrowPaths(paths.slice(0, 2))).toEqual(['/v1/**']);
  });

  it('lists few paths as they are, more by their folder, and many as a host', () => {
    const below = (folder: string, count: number) =>
      Array.from({ length: count }, (_, index) => `/${folder}/${index}`);
    expect(narrowPaths(['/b', '/a', '/a'])).toEqual(['/a', '/b']);
    expect(narrowPaths([...below('v1', 9), '/status', '/@a%2fb'])).toEqual([
      '/@a%2fb',
      '/status',
      '/v1/**',
    ]);
    expect(narrowPaths(Array.from({ length: 20 }, (_, index) => `/p${index}`))).toEqual(['/**']);
  });
});
