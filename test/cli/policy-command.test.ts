import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildRuling } from '#policy/build-ruling.ts';
import { describeRuling } from '#policy/describe-ruling.ts';
import { judgeFacts } from '#policy/judge-facts.ts';
import { append } from '#postgres/append.ts';
import { openPglite } from '#postgres/database.ts';
import { migrate } from '#postgres/migrate.ts';
import { aSnapshot, policyText, repository } from '../dispatch/a-ruling.ts';
import { facts } from '../policy/some-facts.ts';

const main = new URL('../../src/main.ts', import.meta.url).pathname;
const broken = 'version: 1\nagent:\n  use: comand\n  run: x\nverify: { commands: [] }\n';
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-policy-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function run(args: readonly string[], input = '', settings: Record<string, string> = {}) {
  const child = spawn(process.execPath, [main, 'policy', ...args], {
    env: { PATH: process.env.PATH, ...settings },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await ended, stdout, stderr };
}

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

describe('policy check', () => {
  it('ends with 0 and nothing to say about a valid file', async () => {
    const { code, stdout } = await run(['check', await file('good.yml', policyText), '--json']);

    expect([code, JSON.parse(stdout)]).toEqual([0, { ok: true, errors: [] }]);
  });

  it('ends with 1 and names each mistake with line, column and key, for machines', async () => {
    const { code, stdout } = await run(['check', '-', '--json'], broken);

    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      ok: false,
      errors: [
        {
          line: 3,
          column: 3,
          key: 'agent.use',
          message:
            'expected "command" or "claude-code" or "codex" or "gemini" or "opencode", got "comand"',
        },
        {
          line: 5,
          column: 11,
          key: 'verify.commands',
          message: 'expected array to have >=1 items, got []',
        },
      ],
    });
  });

  it('prints them for people as compilers do, one a line', async () => {
    const path = await file('broken.yml', broken);
    const { code, stdout, stderr } = await run(['check', path]);

    expect(code).toBe(1);
    expect(stdout.split('\n')[0]).toBe(
      `${path}:3:3: agent.use: expected "command" or "claude-code" or "codex" or "gemini" or "opencode", got "comand"`,
    );
    expect(stderr).toContain('has 2 mistakes');
  });

  it('holds a file to its organization’s policy', async () => {
    const policy = await file('policy.yml', policyText);
    const bound = await file('organization.yml', 'version: 1\nagent: { minutes: 10 }\n');
    const { code, stdout } = await run(['check', policy, '--organization', bound, '--json']);

    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      errors: [{ line: 2, key: 'agent.minutes', message: expect.stringContaining('10; got 30') }],
    });
  });

  it.each<[string, () => Promise<string>, string]>([
    ['there is no such file', async () => join(folder, 'none.yml'), 'there is no such file'],
    ['it is a folder', async () => folder, 'it is a folder'],
    ['it never ends', async () => '/dev/zero', 'it is longer than 26214400 bytes'],
    [
      'it is no text',
      () => file('binary.yml', Buffer.from('fffe76006500', 'hex')),
      'its bytes are no text in UTF-8',
    ],
  ])('ends with 2 and one sentence when %s', async (_name, path, sentence) => {
    const given = await path();
    const { code, stdout, stderr } = await run(['check', given, '--json']);

    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toBe(
      `sallyport: cannot read ${given}: expected a policy file in YAML, got none: ${sentence}\n`,
    );
  });

  it.each([
    ['nothing', '', 'expected an object, got null'],
    ['one long line', `version: ${'1'.repeat(70_000)}`, /^expected at most 65536 bytes/],
    ['brackets without end', '['.repeat(60_000), /^expected a few levels/],
  ])('ends with 1, and says so at a place, for %s', async (_name, text, message) => {
    const { code, stdout } = await run(['check', '-', '--json'], text);

    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      ok: false,
      errors: [{ line: 1, column: expect.any(Number), key: '', message: expect.anything() }],
    });
    expect(JSON.parse(stdout).errors[0].message).toMatch(message);
  });
});

const labeled = {
  action: 'labeled',
  label: { name: 'sallyport' },
  issue: {
    id: 1004,
    number: 4,
    title: 'Fix the total',
    body: 'It is wrong.',
    updated_at: '2026-11-22T10:00:00Z',
    labels: [{ name: 'sallyport' }],
  },
  repository: { id: 5, name: 'shop', owner: { id: 6, login: 'acme' } },
  installation: { id: 3 },
  sender: { id: 1, login: 'mona', type: 'User' },
};

describe('policy explain', () => {
  const explain = async (facts: object, event: object, ...more: string[]) => {
    const files = [
      ['--event', await file('event.json', JSON.stringify(event))],
      ['--facts', await file('facts.json', JSON.stringify(facts))],
      ['--policy', await file('policy.yml', policyText)],
    ];
    return run(['explain', ...files.flat(), ...more]);
  };

  it('says of a hand-written event what would happen and why, asking nobody', async () => {
    const may = await explain({ role: 'write' }, labeled, '--json');
    const mayNot = await explain({ role: 'triage' }, labeled, '--json');

    expect([may.code, JSON.parse(may.stdout)]).toMatchObject([
      0,
      { signal: 'label_set', verdict: 'allow', sentence: 'a run would start' },
    ]);
    expect(JSON.parse(mayNot.stdout)).toMatchObject({
      verdict: 'deny',
      reasons: expect.arrayContaining([
        expect.objectContaining({ rule: 'requester-role', outcome: 'fail' }),
      ]),
    });
  });

  it('shows people the tree, what is open first', async () => {
    const { stdout } = await explain({ role: 'triage' }, labeled);

    expect(stdout.split('\n').slice(0, 3)).toEqual([
      'label_set: deny: nothing would start',
      expect.stringMatching(/^ {2}✗ requester-role: expected the role write or higher/),
      expect.stringMatching(/^ {2}✓ in-reach/),
    ]);
  });

  it.each([
    ['a label that starts nothing', { ...labeled, label: { name: 'bug' } }, 'ignored'],
    ['an event that asks for no work', { ...labeled, action: 'closed' }, null],
    ['a payload of another shape', { action: 'labeled' }, 'ignored'],
  ])('says what %s leads to', async (_name, event, verdict) => {
    const { code, stdout } = await explain({ role: 'write' }, event, '--json');

    expect([code, JSON.parse(stdout)]).toMatchObject([0, { verdict, reasons: [] }]);
  });

  it.each([
    ['a list', '[]', 'one object, but it is something else'],
    ['nothing at all', '', 'but it is no JSON'],
  ])('ends with 2 and one sentence for an event that is %s', async (_name, event, sentence) => {
    const facts = await file('facts.json', '{ "role": "write" }');
    const { code, stderr } = await run(['explain', '--event', '-', '--facts', facts], event);

    expect([code, stderr]).toEqual([
      2,
      `sallyport: expected - to hold the JSON payload of an event, ${sentence}\n`,
    ]);
  });

  it('reads standard input once, and says so', async () => {
    const { code, stderr } = await run(['explain', '--event', '-', '--facts', '-'], '{}');

    expect([code, stderr]).toEqual([
      2,
      'sallyport: cannot read -: expected facts in JSON, got none: standard input is read once, and another option has it\n',
    ]);
  });

  it.each([
    ['of a name nobody knows', ['--event-name', 'no such'], 'nothing here listens to no such'],
    [
      'without a repository',
      [],
      'expected the shape of issues, but repository: Invalid input: expected object, received undefined',
    ],
  ])('says in one sentence what an event %s leads to', async (_name, more, sentence) => {
    const { code, stdout } = await explain({ role: 'write' }, { action: 'labeled' }, ...more);

    expect([code, stdout]).toEqual([0, `ignored: ${sentence}\n`]);
  });

  it.each([
    ['neither a delivery nor an event', ['explain']],
    ['settings to ask GitHub with', ['explain', '--event', '-']],
  ])('ends with 2 without %s', async (_name, args) => {
    expect((await run(args, '{}')).code).toBe(2);
  });
});

describe('policy replay', () => {
  it('lists the recorded decisions that a changed policy would turn, and changes nothing', async () => {
    const settings = await recordDecisions();
    const strict = policyText
      .replace('sallyport, role: write', 'sallyport, role: admin')
      .replace('label: urgent', 'label: bug');
    const args = ['replay', '--json', '--policy'];

    const same = await run([...args, await file('same.yml', policyText)], '', settings);
    const other = await run([...args, await file('other.yml', strict)], '', settings);

    expect(JSON.parse(same.stdout)).toEqual({ replayed: 1, unread: 1, differ: [] });
    expect(JSON.parse(other.stdout)).toMatchObject({
      replayed: 1,
      differ: [
        { issue: 4, repositoryId: 5, was: 'allow', would: 'deny' },
        { issue: 4, repositoryId: 5, was: 'ignored', would: 'decided' },
      ],
    });
  }, 60_000);

  it('ends with 1 when the changed policy is none', async () => {
    const { code, stderr } = await run(['replay', '--policy', await file('no.yml', broken)]);

    expect(code).toBe(1);
    expect(stderr).toContain('line 3, column 3, agent.use');
  });
});

/** A database with one decision and one ignored delivery, and the settings that lead to it. */
async function recordDecisions(): Promise<Record<string, string>> {
  const database = await openPglite(join(folder, 'data', 'database'));
  await migrate(database);
  const ruling = buildRuling({
    address: { installationId: 3, repository, issue: 4 },
    eventId: 'e1',
    facts,
    snapshot: aSnapshot(4),
    decision: judgeFacts(facts),
    releases: null,
  });
  await database.transaction((tx) => append(tx, describeRuling(ruling, facts), new Date()));
  // As an earlier version recorded it: an issue, a verdict, and little else.
  const early = { eventId: 'e0', verdict: 'allow', issue: 3 };
  const about = {
    kind: 'policy.decided',
    runId: null,
    repositoryId: 5,
    actor: 'user:mona#1',
  } as const;
  await database.transaction((tx) => append(tx, { ...about, facts: early }, new Date()));
  await database.query(
    `insert into delivery (body_sha256, guid, event, action, state, payload, received_at)
     values ('e2', 'g2', 'issues', 'labeled', 'done', $1, now())`,
    [{ ...labeled, label: { name: 'bug' } }],
  );
  await database.close();
  return {
    SALLYPORT_DATA: join(folder, 'data'),
    SALLYPORT_URL: 'http://127.0.0.1:1',
    SALLYPORT_RELEASES: 'a'.repeat(40),
    APP_ID: '1',
    PRIVATE_KEY: 'unused',
  };
}
