import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import type { EgressCall } from '#model/egress-call.ts';
import { readEgressLog, renderEgressLog } from '#model/egress-log.ts';
import { policySchema } from '#model/policy.ts';
import { groupRefused, policyLineFor, sayRefused } from '#model/policy-line.ts';

const refused: EgressCall = {
  at: '2026-11-22T10:00:00.000Z',
  phase: 'work',
  kind: 'connect',
  method: 'CONNECT',
  host: 'a.test',
  port: 443,
  path: null,
  address: null,
  decision: 'refused',
  rule: 'host-not-listed',
  bytesOut: 0,
  bytesIn: 0,
  durationMs: 0,
  status: 403,
  because: null,
  process: null,
};
const calls = ['a.test', 'b.test', 'c.test', 'd.test'].map((host) => ({ ...refused, host }));
const log = renderEgressLog('8123-1', calls);
const lines = log.trimEnd().split('\n');
const textOf = (some: readonly string[]) => some.map((line) => `${line}\n`).join('');

describe('the log of calls', () => {
  it('is read as it was written, with its run in each line', () => {
    expect(readEgressLog(log)).toEqual({ calls, unreadable: 0, trouble: null });
    expect(lines.map((line) => JSON.parse(line).run)).toEqual(lines.map(() => '8123-1'));
    expect(readEgressLog(renderEgressLog('8123-1', [])).trouble).toBeNull();
  });

  it.each([
    ['cut at its end', lines.slice(0, 3), 'it was cut off'],
    ['without its last line', lines.slice(0, -1), 'it was cut off'],
    ['empty', [], 'it was cut off'],
    ['without a line in the middle', [...lines.slice(0, 1), ...lines.slice(2)], 'line 2 does not'],
    ['without its first line', lines.slice(1), 'line 1 does not follow'],
    ['with two lines exchanged', [lines[1], lines[0], ...lines.slice(2)], 'line 1 does not'],
    [
      'with another host in a line',
      [...lines.slice(0, 1), lines[1]?.replace('b.test', 'x.test'), ...lines.slice(2)],
      'line 3 does not follow',
    ],
    ['with a line added at the end', [...lines, lines[0]], 'line 6 stands behind'],
    ['of calls without a chain', calls.map((call) => JSON.stringify(call)), 'are not chained'],
  ])('ledger:first: is known for what it is when it is %s', (_what, some, sentence) => {
    const read = readEgressLog(textOf(some.filter((line) => line !== undefined)));

    expect(read.trouble).toContain(sentence);
    expect(read.unreadable).toBe(0);
  });

  it.each([
    ['its run', lines.at(-1)?.replace('8123-1', '8123 1'), 'line 5 is of another run'],
    [
      'what it leaves out',
      lines.at(-1)?.replace('"unlisted":0', '"unlisted":7'),
      'the last line was',
    ],
    ['a space', lines.at(-1)?.replace('"end":true', '"end": true'), 'the last line was changed'],
  ])('ledger:first: shows a last line in which %s was changed', (_what, last = '', sentence) => {
    expect(readEgressLog(textOf([...lines.slice(0, -1), last])).trouble).toContain(sentence);
  });

  it('ledger:first: shows any changed byte', () => {
    fc.assert(
      fc.property(fc.nat(log.length - 2), fc.integer({ min: 32, max: 126 }), (at, code) => {
        const changed = log.slice(0, at) + String.fromCharCode(code) + log.slice(at + 1);
        expect(readEgressLog(changed).trouble === null).toBe(changed === log);
      }),
    );
  });
});

describe('the line that would allow a call', () => {
  const lineFor = (more: Partial<EgressCall>) => policyLineFor({ ...refused, ...more });

  it.each([
    ['a host', {}, '- host: a.test'],
    ['a name', { rule: 'name-not-listed' }, '- host: a.test'],
    ['a port', { rule: 'connect-port', port: 8443 }, '- { host: a.test, ports: [8443] }'],
    [
      'a method',
      { rule: 'method', method: 'POST', path: '/v1/x' },
      '- { host: a.test, methods: [POST], paths: [/v1/x] }',
    ],
  ])('is an entry of a policy for %s', (_what, more, line) => {
    expect(lineFor(more)).toBe(line);
    const policy = {
      version: 1,
      agent: { use: 'command', run: 'true' },
      sandbox: { egress: parse(line) },
      verify: { commands: [{ name: 'test', run: 'true' }] },
    };
    expect(policySchema.safeParse(policy).success).toBe(true);
  });

  it.each([
    ['an address', { rule: 'ip-literal', host: '10.0.0.1' }],
    ['a host that would say more', { host: 'a.test }, { host: b.test' }],
    ['a host with a line break', { host: 'a.test\n- x' }],
    ['a name without a dot', { host: 'localhost' }],
    ['a wildcard', { host: '*.test' }],
    ['a path that is a pattern', { rule: 'path', method: 'GET', path: '/**' }],
    ['a path that is read in two ways', { rule: 'path', method: 'GET', path: '/a/../b' }],
    ['a method that no entry names', { rule: 'method', method: 'TRACE', path: '/a' }],
    ['a push', { rule: 'git-write', method: 'POST', path: '/a/b.git/git-receive-pack' }],
  ])('text:hostile: is not there for %s', (_what, more) => {
    expect(lineFor(more)).toBeNull();
  });

  it('text:hostile: is part of one sentence, of hosts alone', () => {
    const asked = ['b.test', 'x" would', '10.0.0.1', 'b.test'].map((host) => ({
      ...refused,
      host,
    }));
    expect(sayRefused(asked)).toBe(
      'Refused on the way out: b.test ("- host: b.test" under sandbox.egress would allow it).',
    );
    expect(sayRefused([{ ...refused, decision: 'allowed' }])).toBe('');
  });

  it('is said once a host, the host asked most first', () => {
    const more = { ...refused, host: 'b.test' };
    expect(groupRefused([refused, more, { ...more, rule: 'ip-literal' }])).toEqual([
      {
        host: 'b.test',
        calls: 2,
        rules: ['host-not-listed', 'ip-literal'],
        lines: ['- host: b.test'],
        by: [],
      },
      { host: 'a.test', calls: 1, rules: ['host-not-listed'], lines: ['- host: a.test'], by: [] },
    ]);
  });
});
