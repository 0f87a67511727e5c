// The bundles as data: what they let pass, and what they never do.
import { describe, expect, it } from '@jest/globals';
import { bundleNames, egressBundles } from '#model/egress-bundle.ts';
import { isPolicyHost } from '#model/egress-entry.ts';
import { decideInside } from '#sandbox/egress/decide-inside.ts';

const entries = bundleNames.flatMap((bundle) =>
  egressBundles[bundle].map((entry) => ({ bundle, ...entry })),
);

function decide(host: string, method: string, path: string): string {
  const rules = entries.filter((entry) => entry.host === host);
  const decision = decideInside({ method, port: 443, path }, { host, rule: 'bundle', rules });
  return decision.allowed ? 'passes' : decision.rule;
}

describe('the bundles', () => {
  it.each(entries)(
    '$bundle: $host is one host, read by path, with a reason and a source',
    (entry) => {
      expect(isPolicyHost(entry.host)).toBe(true);
      expect(entry.why).toMatch(/^.{10,}[^.]$/);
      expect(entry.source).toMatch(/^https:\/\/[^\s|]+$/);
      // Where strangers can write at all, nothing passes but reading and git's one question.
      const writes = entry.methods.filter((method) => method === 'POST');
      expect(
        writes.length === 0 || entry.paths.every((path) => path.endsWith('/git-upload-pack')),
      ).toBe(true);
    },
  );

  it('leaves no host that everybody shares without a path of its own', () => {
    const shared = entries.filter(({ host }) =>
      /^(?:storage\.googleapis|(?:.*\.)?github(?:usercontent)?)\.com$/.test(host),
    );
    expect(shared.length).toBeGreaterThan(4);
    expect(shared.filter(({ paths }) => paths.some((path) => /^\/\*\*/.test(path)))).toEqual([]);
  });

  it.each([
    ['registry.npmjs.org', 'GET', '/left-pad'],
    ['registry.npmjs.org', 'GET', '/left-pad/-/left-pad-1.3.0.tgz'],
    ['registry.npmjs.org', 'GET', '/@types%2fnode'],
    ['registry.npmjs.org', 'GET', '/@types/node/-/node-24.0.0.tgz'],
    ['pypi.org', 'GET', '/simple/requests/'],
    ['files.pythonhosted.org', 'GET', '/packages/ab/cd/ef/requests-2.0-py3-none-any.whl'],
    ['index.crates.io', 'GET', '/se/rd/serde'],
    ['index.crates.io', 'GET', '/config.json'],
    ['static.crates.io', 'GET', '/crates/serde/serde-1.0.0.crate'],
    ['static.crates.io', 'GET', '/crates/serde/1.0.0/download'],
    ['proxy.golang.org', 'GET', '/github.com/!burnt!sushi/toml/@v/v1.4.0.zip'],
    ['sum.golang.org', 'GET', '/lookup/golang.org/x/text@v0.3.0'],
    [
      'storage.googleapis.com',
      'GET',
      '/proxy-golang-org-prod/8e29-google.golang.org:api-v0.1.zip?Expires=1',
    ],
    ['repo.maven.apache.org', 'GET', '/maven2/junit/junit/4.13/junit-4.13.pom'],
    ['api.nuget.org', 'GET', '/v3/index.json'],
    ['rubygems.org', 'GET', '/gems/rake-13.0.0.gem'],
    ['rubygems.org', 'GET', '/latest_specs.4.8.gz'],
    ['index.rubygems.org', 'GET', '/info/rake'],
    ['deb.debian.org', 'GET', '/debian/dists/bookworm/InRelease'],
    ['snapshot.ubuntu.com', 'GET', '/ubuntu/20260101T000000Z/dists/noble/InRelease'],
    ['github.com', 'GET', '/acme/shop.git/info/refs?service=git-upload-pack'],
    ['github.com', 'POST', '/acme/shop.git/git-upload-pack'],
    ['codeload.github.com', 'GET', '/acme/shop/tar.gz/refs/heads/main'],
    ['raw.githubusercontent.com', 'GET', '/acme/shop/main/README.md'],
  ])('pass: %s %s %s', (host, method, path) => {
    expect(decide(host, method, path)).toBe('passes');
  });

  it.each([
    ['npm publish', 'registry.npmjs.org', 'PUT', '/@evil%2fcanary', 'method'],
    ['a login at npm', 'registry.npmjs.org', 'PUT', '/-/user/org.couchdb.user:x', 'path'],
    [
      'npm audit, which posts the tree',
      'registry.npmjs.org',
      'POST',
      '/-/npm/v1/security/audits',
      'method',
    ],
    ['another bucket', 'storage.googleapis.com', 'GET', '/evil-bucket/canary', 'path'],
    [
      'another bucket, encoded',
      'storage.googleapis.com',
      'GET',
      '/proxy-golang-org-prod%2f..%2fevil',
      'path-form',
    ],
    [
      'an upload to the bucket',
      'storage.googleapis.com',
      'PUT',
      '/proxy-golang-org-prod/x',
      'method',
    ],
    ['gem push', 'rubygems.org', 'POST', '/api/v1/gems', 'path'],
    ['cargo publish', 'static.crates.io', 'PUT', '/api/v1/crates/new', 'path'],
    ['git push', 'github.com', 'POST', '/evil/shop.git/git-receive-pack', 'git-write'],
    [
      'git push, first asking',
      'github.com',
      'GET',
      '/evil/shop.git/info/refs?service=git-receive-pack',
      'git-write',
    ],
    [
      'an upload of large files',
      'github.com',
      'POST',
      '/evil/shop.git/info/lfs/objects/batch',
      'path',
    ],
    ['an issue', 'github.com', 'POST', '/evil/shop/issues', 'path'],
  ])('P13: never pass %s', (...[, host, method, path, rule]) => {
    expect(decide(host, method, path)).toBe(rule);
  });
});
