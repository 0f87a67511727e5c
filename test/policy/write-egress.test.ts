import { describe, expect, it } from '@jest/globals';
import { parsePolicy } from '#policy/parse-policy.ts';
import { type EgressChange, writeEgress } from '#policy/write-egress.ts';

const head = 'version: 1\n# who works\nagent: {use: command, run: "true"}\n';
const tail = '# how it is proven\nverify: {commands: [{name: test, run: "true"}]} # all of it\n';
const entry = { host: 'api.test', methods: ['GET' as const], paths: ['/v1/a'] };
const none = { setup: [], work: [], unused: [] };
const one: EgressChange = { ...none, work: [{ entry, reason: 'asked for once: GET /v1/a' }] };
const added = [
  '    # asked for once: GET /v1/a',
  '    - { host: api.test, methods: [ GET ], paths: [ /v1/a ] }',
  '',
].join('\n');

describe('writing ways out into a policy', () => {
  it.each([
    ['that has no sandbox', '', `sandbox:\n  egress:\n${added}`],
    [
      'in one line',
      'sandbox: { setup: npm ci, egress: [npm] } # walls\n',
      `sandbox:\n  setup: npm ci\n  egress:\n    - npm\n${added.trimEnd()} # walls\n`,
    ],
    [
      'with a list and its comments',
      'sandbox:\n  egress:\n    # packages\n    - npm\n  pids: 900\n\n',
      `sandbox:\n  egress:\n    # packages\n    - npm\n${added}  pids: 900\n\n`,
    ],
    [
      'with a list for each phase',
      'sandbox:\n  egress:\n    setup: [npm]\n',
      `sandbox:\n  egress:\n    setup: [ npm ]\n    work:\n${added.replaceAll('    ', '      ')}`,
    ],
  ])('changes no other line of a policy %s', (_what, section, wanted) => {
    const written =
      section === '' ? writeEgress(head + tail, one) : writeEgress(head + section + tail, one);

    expect(written).toBe(section === '' ? head + tail + wanted : head + wanted + tail);
    expect(parsePolicy(written).ok).toBe(true);
  });

  it('keeps setup apart in a policy that has no list yet, and prints the one key without a policy', () => {
    const change: EgressChange = { ...one, setup: [{ entry: 'npm', reason: 'asked for twice' }] };
    const wanted = `sandbox:\n  egress:\n    setup:\n      # asked for twice\n      - npm\n    work:\n${added.replaceAll('    ', '      ')}`;
    expect(writeEgress(head + tail, change)).toBe(head + tail + wanted);
    expect(writeEgress(null, change)).toBe(wanted);
  });

  it('takes out what was not used, however its keys are ordered, and leaves the rest alone', () => {
    const text = `${head}sandbox:\n  egress: [npm, { paths: [/v1/a], methods: [GET], host: api.test }]\n${tail}`;
    const written = writeEgress(text, { ...none, unused: [{ phase: 'work', entry }] });
    expect(written).toBe(`${head}sandbox:\n  egress: [ npm ]\n${tail}`);
    expect(writeEgress(text, none)).toBe(text);
  });

  it('adds nothing twice, and writes a policy in JSON whole', () => {
    const text = `${head}sandbox: { egress: [{ host: api.test, methods: [GET], paths: [/v1/a] }] }\n${tail}`;
    expect(parsePolicy(writeEgress(text, one))).toEqual(parsePolicy(text));
    const json = JSON.stringify({
      version: 1,
      agent: { use: 'command', run: 'true' },
      verify: { commands: [{ name: 'test', run: 'true' }] },
    });
    const parsed = parsePolicy(writeEgress(json, one));
    expect(parsed).toMatchObject({ ok: true, value: { sandbox: { egress: [entry] } } });
  });
});
