import type { Route } from '#local/api/route.ts';

/** One request of the fuzz, before it is given a credential. */
export interface HostileRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly credential: 'user' | 'installation' | 'app' | 'garbage' | 'none';
}

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
export function openDice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const HOSTILE_SEGMENTS = [
  '..',
  '%2e%2e%2f%2e%2e%2fetc%2fpasswd',
  '%00',
  '%ff',
  '%E0%A4%A',
  '-1',
  '0',
  '1e9',
  'NaN',
  '99999999999999999999',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '~',
  '@{u}',
  'main%5E%7B%2F(%7D',
  'HEAD',
  'main...main',
  'main..main',
  '--output=x',
  'refs%2Fheads%2Fmain',
  'heads%2Fmain',
  '%F0%9F%92%A9',
  '%5C',
  '*',
  '%0d%0aX-Evil:%201',
  'main%5E%7Bcommit%7D',
  ':%2F',
  'a'.repeat(2000),
  '0123456789012345678901234567890123456789',
  'deadbeef',
  '%20',
  "';--",
  '<script>',
  '%7Bowner%7D',
];
const LIKELY: Readonly<Record<string, readonly string[]>> = {
  owner: ['acme'],
  repo: ['shop', 'shop', 'shop', 'vault'],
  username: ['ada', 'grace'],
  branch: ['main', 'feature'],
  ref: ['main', 'heads/main'],
  path: ['README.md', 'a/b/c.txt', ''],
  basehead: ['main...feature', 'main...main'],
  name: ['bug', 'sallyport'],
};
const QUERY_NAMES = [
  'per_page',
  'page',
  'cursor',
  'sha',
  'path',
  'ref',
  'q',
  'state',
  'sort',
  'direction',
  'labels',
  'since',
  'until',
  'filter',
  'status',
  'check_name',
  'app_id',
  'event',
  'branch',
  'recursive',
  'creator',
  'assignee',
  'milestone',
  'head',
  'base',
  'name',
  'affiliation',
];
const FIELDS = [
  'title',
  'body',
  'labels',
  'assignees',
  'state',
  'state_reason',
  'milestone',
  'name',
  'color',
  'description',
  'content',
  'encoding',
  'message',
  'sha',
  'branch',
  'ref',
  'force',
  'tree',
  'base_tree',
  'parents',
  'author',
  'committer',
  'head',
  'base',
  'draft',
  'event',
  'comments',
  'commit_id',
  'path',
  'line',
  'side',
  'position',
  'reviewers',
  'team_reviewers',
  'head_sha',
  'status',
  'conclusion',
  'output',
  'actions',
  'started_at',
  'inputs',
  'client_payload',
  'event_type',
  'required_status_checks',
  'enforce_admins',
  'required_pull_request_reviews',
  'restrictions',
  'rules',
  'conditions',
  'enforcement',
  'bypass_actors',
  'target',
  'permissions',
  'repositories',
  'repository_ids',
  'url',
  'secret',
  'merge_method',
  'commit_title',
  'sub_issue_id',
  'after_id',
  'issue_id',
  'encrypted_value',
  'key_id',
  'context',
  'target_url',
  'in_reply_to',
  'expected_head_sha',
  '__proto__',
  'constructor',
  'toString',
  '',
];
const TEXTS = [
  '',
  'main',
  'feature',
  'bug',
  'open',
  'closed',
  'all',
  '\u0000',
  '\ud800',
  '\u202e',
  'a'.repeat(70_000),
  '0123456789012345678901234567890123456789',
  'refs/heads/new',
  'refs/heads/../x',
  '-x',
  '+1',
  'heart',
  'APPROVE',
  'squash',
  'completed',
  'success',
  'base64',
  'utf-8',
  '2026-13-45T99:99:99Z',
  '%',
  '{{x}}',
  '100644',
  '160000',
  'blob',
  '../../etc/passwd',
  '.git/config',
  'ci.yml',
  'http://127.0.0.1:1/',
  '💥',
];
const NUMBERS = [0, -1, 1, 2, 3, 1.5, 1e308, 2 ** 53, -(2 ** 31), 1001, 1010, 1020];
const HEADERS: readonly (readonly [string, readonly string[]])[] = [
  [
    'accept',
    [
      '',
      '*/*',
      'image/png',
      'application/vnd.github.raw+json',
      'application/vnd.github.diff',
      'x'.repeat(5000),
      ';;;,,,',
    ],
  ],
  ['x-github-api-version', ['2022-11-28', '2026-03-10', '', 'v3', '\u00ff', '9'.repeat(4000)]],
  ['if-none-match', ['*', '"', 'W/', ',,,', 'W/"x", "y"']],
  ['if-modified-since', ['yesterday', '0', 'Tue, 99 Foo 2026']],
  ['content-type', ['text/plain', 'multipart/form-data', 'application/json; charset=utf-16', '']],
  ['x-github-stateless-s2s-token', ['disabled', 'maybe']],
  ['cookie', ['local_session=;;=', 'a'.repeat(3000)]],
  ['x-http-method-override', ['DELETE']],
];
/** Values that the field of this name takes, so that some requests get far before they go wrong. */
const RIGHT: Readonly<Record<string, readonly unknown[]>> = {
  title: ['A title'],
  body: ['Some *text*', ''],
  labels: [['bug'], [], ['bug', 'new one']],
  assignees: [['ada'], []],
  state: ['open', 'closed', 'success', 'pending'],
  name: ['ci', 'bug', 'new label'],
  color: ['00ff00'],
  description: ['words'],
  content: ['aGk=', 'heart', '+1'],
  encoding: ['base64', 'utf-8'],
  message: ['Change'],
  branch: ['main', 'feature'],
  ref: ['refs/heads/new', 'main', 'refs/heads/feature'],
  force: [true, false],
  head: ['feature', 'main'],
  base: ['main', 'feature'],
  event: ['COMMENT', 'APPROVE', 'REQUEST_CHANGES'],
  path: ['README.md'],
  line: [1],
  side: ['RIGHT'],
  reviewers: [['grace']],
  status: ['queued', 'in_progress', 'completed'],
  conclusion: ['success', 'failure'],
  output: [{ title: 'T', summary: 'S' }],
  inputs: [{}],
  event_type: ['go'],
  client_payload: [{}],
  required_status_checks: [null, { strict: true, contexts: ['ci'] }],
  enforce_admins: [null, false],
  required_pull_request_reviews: [null, { required_approving_review_count: 1 }],
  restrictions: [null],
  rules: [[{ type: 'deletion' }], []],
  conditions: [{ ref_name: { include: ['~DEFAULT_BRANCH'], exclude: [] } }],
  enforcement: ['active', 'disabled'],
  target: ['branch'],
  merge_method: ['merge', 'squash'],
  context: ['ci/old'],
  sub_issue_id: [1003, 1004],
  issue_id: [1003, 1004],
  started_at: ['2026-01-01T00:00:00Z'],
  parents: [[]],
};
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];

/**
 * A generator of hostile requests about these routes: the same seed gives the same requests.
 * `shas` are commits, trees and blobs that are there.
 */
export function openHostility(
  routes: readonly Pick<Route, 'method' | 'path'>[],
  seed: number,
  shas: readonly string[],
): () => HostileRequest {
  const dice = openDice(seed);
  const chance = (of: number) => dice() < of;
  const pick = <T>(list: readonly T[]): T => list[Math.floor(dice() * list.length)] as T;

  const segment = (name: string) => {
    if (chance(name === 'owner' || name === 'repo' ? 0.03 : 0.15)) return pick(HOSTILE_SEGMENTS);
    if (/sha/.test(name) && chance(0.7)) return pick(shas);
    const known = LIKELY[name];
    if (known) return name === 'owner' || name === 'repo' || chance(0.8) ? pick(known) : '1';
    return String(pick([1, 2, 3, 1, 2, 3, 1001, 1005, 1010, 1015, 1020]));
  };
  const query = () => {
    const pairs = Array.from({ length: Math.floor(dice() * 4) }, () => {
      const value = chance(0.5)
        ? pick(HOSTILE_SEGMENTS)
        : encodeURIComponent(pick(TEXTS).toWellFormed().slice(0, 500));
      return `${pick(QUERY_NAMES)}=${value}`;
    });
    return pairs.length > 0 ? `?${pairs.join('&')}` : '';
  };
  const value = (depth: number): unknown => {
    const kind = Math.floor(dice() * (depth > 3 ? 5 : 8));
    if (kind < 2) return pick(TEXTS);
    if (kind === 2) return pick(NUMBERS);
    if (kind === 3) return chance(0.5);
    if (kind === 4) return null;
    if (kind === 5) return Array.from({ length: Math.floor(dice() * 4) }, () => value(depth + 1));
    return fields(depth + 1);
  };
  const fields = (depth: number): object =>
    Object.fromEntries(
      Array.from({ length: 1 + Math.floor(dice() * 6) }, () => [pick(FIELDS), value(depth)]),
    );
  const right = () => ({
    ...Object.fromEntries(
      Object.entries(RIGHT)
        .filter(() => chance(0.9))
        .map(([name, values]) => [name, pick(values)]),
    ),
    ...Object.fromEntries(
      ['sha', 'head_sha', 'commit_id', 'tree', 'object'].map((name) => [name, pick(shas)]),
    ),
  });
  const body = (): string | undefined => {
    const kind = dice();
    if (kind < 0.1) return undefined;
    if (kind < 0.15) return '['.repeat(20_000);
    if (kind < 0.18) return `{"title":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}`;
    if (kind < 0.25)
      return pick([
        '{',
        '{"a":}',
        '\u0000',
        '"text"',
        '7',
        'null',
        'true',
        '[]',
        '[[]]',
        '[{}]',
        '﻿{}',
        '{"a":1}{"b":2}',
      ]);
    return JSON.stringify(
      kind < 0.4 ? fields(0) : { ...right(), ...(chance(0.5) ? fields(1) : {}) },
    );
  };
  return () => {
    const route = pick(routes);
    const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) => segment(name));
    const noise = Array.from({ length: Math.floor(dice() * 1.7) }, () => pick(HEADERS));
    const method = chance(0.93) ? route.method : pick(METHODS);
    return {
      method,
      path: `${chance(0.97) ? path : `/${pick(HOSTILE_SEGMENTS)}/${pick(HOSTILE_SEGMENTS)}`}${query()}`,
      headers: Object.fromEntries(noise.map(([name, values]) => [name, pick(values)])),
      body: method === 'GET' || method === 'HEAD' ? undefined : body(),
      credential: pick([
        'user',
        'user',
        'user',
        'user',
        'user',
        'user',
        'installation',
        'installation',
        'app',
        'garbage',
        'none',
      ]),
    };
  };
}
