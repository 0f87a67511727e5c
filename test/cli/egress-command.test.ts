// From a log to a policy, as text, as a file, and as a pull request on GitHub.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EgressCall } from '#model/egress-call.ts';
import { renderEgressLog } from '#model/egress-log.ts';
import { type GitHubProcess, startGitHubProcess } from './github-process.ts';

const exec = promisify(execFile);
const main = new URL('../../src/main.ts', import.meta.url).pathname;
const policy = `version: 1
agent: {use: command, run: "true"} # ours
sandbox:
  egress: [npm]
verify: {commands: [{name: test, run: "true"}]}
`;
const call: EgressCall = {
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
};
let folder: string;
let log: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-egress-'));
  log = join(folder, 'calls.jsonl');
  file = join(folder, 'sallyport.yml');
  await writeFile(log, renderEgressLog('1-1', [call]));
  await writeFile(file, policy);
});
afterAll(() => rm(folder, { recursive: true }));

function propose(args: readonly string[], environment: Record<string, string> = {}) {
  return exec(process.execPath, [main, 'egress', 'propose', ...args], {
    env: { PATH: process.env.PATH, HOME: folder, ...environment },
  }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
}

const entry = '    - { host: api.test, methods: [ GET ], paths: [ /v1/a ] }';
const proposed = policy.replace(
  '  egress: [npm]\n',
  `  egress:\n    - npm\n    # asked for once: GET /v1/a\n${entry}\n`,
);

describe('sallyport egress propose', () => {
  it('prints the policy with what was asked for, and says what was not used', async () => {
    const { code, stdout, stderr } = await propose([log, '--policy', file]);

    expect([code, stdout]).toEqual([0, proposed]);
    expect(stderr).toContain('not used: "npm" (take it out with --prune)');
  });

  it('writes a file, without what was not used, and answers with one document', async () => {
    const out = join(folder, 'proposed.yml');
    const { stdout } = await propose([log, '--policy', file, '--prune', '--out', out, '--json']);

    expect(await readFile(out, 'utf8')).toBe(proposed.replace('    - npm\n', ''));
    expect(JSON.parse(stdout)).toMatchObject({
      setup: [],
      work: [{ entry: { host: 'api.test' }, reason: 'asked for once: GET /v1/a' }],
      unused: [{ phase: 'work', entry: 'npm' }],
      skipped: [],
      pull: null,
    });
  });

  it('prints the one key where there is no policy, and says when a log was cut off', async () => {
    const cut = join(folder, 'cut.jsonl');
    await writeFile(cut, renderEgressLog('1-1', [call]).split('\n', 1)[0] ?? '');
    const { stdout, stderr } = await propose([cut]);
    expect(stdout).toBe(`sandbox:\n  egress:\n    # asked for once: GET /v1/a\n${entry}\n`);
    expect(stderr).toContain('it was cut off');
  });

  it.each([
    ['no call', ['empty.jsonl'], 2, 'expected logs of calls'],
    ['no token', ['calls.jsonl', '--repository', 'acme/widgets'], 2, 'a token in GITHUB_TOKEN'],
    ['no policy', ['calls.jsonl', '--policy', 'calls.jsonl'], 1, 'line 2, column 1'],
  ])('says in one sentence what is wrong with %s', async (_what, args, expected, sentence) => {
    await writeFile(join(folder, 'empty.jsonl'), '');
    const named = args.map((one) => (one.endsWith('.jsonl') ? join(folder, one) : one));
    const { code, stdout, stderr } = await propose(named);
    expect([code, stdout, stderr]).toEqual([expected, '', expect.stringContaining(sentence)]);
  });

  describe('on GitHub', () => {
    let github: GitHubProcess;
    const repository = '/repos/acme/widgets';
    beforeAll(async () => {
      github = await startGitHubProcess();
      const ask = (method: string, path: string, body?: unknown) =>
        github.call('maintainer', method, `${repository}${path}`, body);
      const { object } = await ask('GET', '/git/ref/heads/main');
      const tree = await ask('POST', '/git/trees', {
        base_tree: (await ask('GET', `/git/commits/${object.sha}`)).tree.sha,
        tree: [{ path: '.github/sallyport.yml', mode: '100644', type: 'blob', content: policy }],
      });
      const parents = [object.sha];
      const commit = await ask('POST', '/git/commits', { message: 'x', tree: tree.sha, parents });
      await ask('PATCH', '/git/refs/heads/main', { sha: commit.sha });
    }, 60_000);
    afterAll(async () => void (await github.stop('SIGKILL')));

    it('opens a pull request with the reason of each entry, and commits nothing to main', async () => {
      const { code, stdout } = await propose([log, '--repository', 'acme/widgets', '--json'], {
        GITHUB_TOKEN: github.sheet.tokens.maintainer ?? '',
        GITHUB_API_URL: github.sheet.restUrl,
      });

      expect(code).toBe(0);
      const [pull] = await github.call('maintainer', 'GET', `${repository}/pulls`);
      expect(JSON.parse(stdout).pull).toBe(pull.html_url);
      expect(pull).toMatchObject({ base: { ref: 'main' }, user: { login: 'maintainer' } });
      expect(pull.body).toContain('`asked for once: GET /v1/a`');
      expect(pull.body).toContain('not used in that run: `"npm"`');
      const files = await github.call(
        'maintainer',
        'GET',
        `${repository}/pulls/${pull.number}/files`,
      );
      expect(files).toMatchObject([{ filename: '.github/sallyport.yml', status: 'modified' }]);
      expect(files[0].patch).toContain(`+${entry}`);
      expect(files[0].patch).not.toContain('# ours\n+');
    });
  });
});
