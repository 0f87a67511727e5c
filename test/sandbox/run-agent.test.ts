import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { changeSetSchema } from '#model/change-set.ts';
import { sha256 } from '#model/digest.ts';
import type { EgressPolicy } from '#model/sandbox.ts';
import { disk } from '#runner/disk.ts';
import { git } from '#runner/git.ts';
import { createSandboxHost } from '#runner/sandbox-host.ts';
import { runAgent } from '#sandbox/run-agent.ts';
import { sandboxesOn } from '#sandbox/sandbox.ts';

let root: string;
let base: string;
let baseSha: string;

const inBase = (...argv: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.test', ...argv], { cwd: base })
    .toString()
    .trim();

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'sallyport-agent-test-'));
  base = join(root, 'base');
  mkdirSync(join(base, 'sub'), { recursive: true });
  writeFileSync(join(base, 'a.txt'), 'a\n');
  writeFileSync(join(base, 'crlf.txt'), 'one\r\ntwo\r\n');
  writeFileSync(join(base, 'sub', 'run.sh'), 'echo\n');
  writeFileSync(join(base, '.gitignore'), 'ignored/\n');
  writeFileSync(join(base, '.gitattributes'), '*.txt text eol=crlf\n');
  inBase('init', '-q');
  inBase('-c', 'core.autocrlf=false', 'add', '-A');
  inBase('commit', '-qm', 'base');
  baseSha = inBase('rev-parse', 'HEAD');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const nowhere: EgressPolicy = { hosts: [], routes: [] };

/** One agent in a real sandbox on a copy of the base. */
async function agent(
  run: string,
  change: {
    readonly minutes?: number;
    readonly setup?: string;
    readonly egress?: { readonly setup?: EgressPolicy; readonly work?: EgressPolicy };
  } = {},
) {
  let printed = '';
  const work = await runAgent(
    {
      use: 'command',
      baseDir: base,
      baseSha,
      scratch: mkdtempSync(join(root, 'scratch-')),
      setup: change.setup ?? null,
      agent: { argv: ['/bin/sh', '-c', run], environment: {} },
      mounts: [],
      files: [],
      egress: { setup: nowhere, work: nowhere, ...change.egress },
      environment: { CI: 'true' },
      minutes: change.minutes ?? 1,
      memoryMib: 512,
      pids: 100,
    },
    {
      openSandbox: sandboxesOn(createSandboxHost()),
      git,
      disk,
      print: (text) => {
        printed += text;
      },
    },
  );
  changeSetSchema.parse(work.changeSet);
  return { ...work, printed };
}

describe('runAgent', () => {
  it('carries new, changed, executable, linked and deleted files, and no ignored ones', async () => {
    const { changeSet, blobs } = await agent(
      'echo b > a.txt; chmod +x sub/run.sh; ln -s a.txt link; rm .gitattributes; ' +
        'mkdir ignored "odd dir"; echo x > ignored/x; echo ü > "odd dir/ü \\"q\\".md"; git status -s | wc -l',
    );
    const put = (path: string, mode: string, text: string) => {
      expect(Buffer.from(blobs.get(sha256(text)) ?? []).toString()).toBe(text);
      return { op: 'put', path, mode, sha256: sha256(text), bytes: Buffer.byteLength(text) };
    };
    expect(changeSet).toMatchObject({ result: 'changed', because: null, baseSha });
    expect(changeSet.entries).toEqual([
      { op: 'delete', path: '.gitattributes' },
      put('a.txt', '100644', 'b\n'),
      put('link', '120000', 'a.txt'),
      put('odd dir/ü "q".md', '100644', 'ü\n'),
      put('sub/run.sh', '100755', 'echo\n'),
    ]);
  });

  it('gives the agent a repository that knows the base commit and nothing else', async () => {
    const { changeSet, log } = await agent(
      'git rev-parse HEAD; git status --porcelain; git remote; git log --oneline | wc -l; cat .git/config',
    );
    expect(log).toContain(baseSha);
    expect(log).not.toMatch(/extraheader|credential|remote/);
    expect(changeSet).toMatchObject({ result: 'unchanged', entries: [] });
  });

  it('takes a change that deletes everything', async () => {
    const { changeSet } = await agent('find . -mindepth 1 -delete');
    expect(changeSet.result).toBe('changed');
    expect(changeSet.entries.map(({ op, path }) => `${op} ${path}`)).toEqual([
      'delete .gitattributes',
      'delete .gitignore',
      'delete a.txt',
      'delete crlf.txt',
      'delete sub/run.sh',
    ]);
  });

  it('runs nothing that the agent planted in its git folder or attributes', async () => {
    const canary = join(root, 'canary');
    const plant = `touch ${canary}`;
    const { changeSet } = await agent(
      `git config core.fsmonitor "${plant}"; git config core.hooksPath .git/h; git config filter.x.clean "${plant}"; ` +
        `git config diff.external "${plant}"; mkdir .git/h; printf '#!/bin/sh\\n${plant}\\n' > .git/h/post-index-change; ` +
        'chmod +x .git/h/*; echo "* filter=x diff=x text working-tree-encoding=UTF-16" > .gitattributes; printf "x\\r\\n" > n.txt',
    );
    expect(changeSet.entries.map(({ path }) => path)).toEqual(['.gitattributes', 'n.txt']);
    expect(changeSet.entries[1]).toMatchObject({ sha256: sha256('x\r\n') });
    expect((await disk.stat(canary)).kind).toBe('missing');
  });

  it.each([
    [
      'a nested repository',
      'git init -q inner; cd inner; git -c user.name=a -c user.email=b commit -q --allow-empty -m x',
      'git repository at "inner/"',
    ],
    [
      'a nested repository without a commit',
      'git init -q inner; touch inner/x',
      'git repository at "inner/"',
    ],
    ['a name that is not UTF-8', 'touch "$(printf \'x\\377\')"', 'not UTF-8'],
    ['a name with a line end', 'touch "$(printf \'x\\ny\')"', 'control characters'],
    ['a file that is too large', 'truncate -s 3T big', '10000000'],
    [
      'too many files',
      'i=0; while [ $i -lt 3001 ]; do : > f$i; i=$((i+1)); done; echo x | tee f* > /dev/null',
      '3000 files',
    ],
    ['a pipe in place of a file', 'rm a.txt; mkfifo a.txt', 'neither a file nor a link'],
  ])('refuses %s with a sentence', async (_name, run, sentence) => {
    const { changeSet } = await agent(run);
    expect(changeSet).toMatchObject({
      result: 'refused',
      because: expect.stringContaining(sentence),
      entries: [],
    });
  });

  it('says how a failed or endless agent ended, and keeps its words as text', async () => {
    const failed = await agent('echo "::error::x"; exit 7');
    expect(failed.changeSet).toMatchObject({
      result: 'failed',
      because: 'The agent ended with exit code 7.',
      agent: { exitCode: 7 },
    });
    expect([failed.log, failed.printed]).toEqual([': :error::x\n', ': :error::x\n']);
    const endless = await agent('echo x > new; sleep 100', { minutes: 0.01 });
    expect(endless.changeSet).toMatchObject({ result: 'timed_out', entries: [] });
  });

  it('stops before the agent when the setup command fails, and tells the phases apart', async () => {
    const ask = 'curl -s -m 2 http://denied.test/ -x http://127.0.0.1:3128 >/dev/null;';
    const failed = await agent('echo x > new', { setup: `${ask} exit 3` });
    expect(failed.changeSet).toMatchObject({
      result: 'failed',
      because:
        'The setup command (sandbox.setup) ended with exit code 3. ' +
        'Refused on the way out: denied.test ("- host: denied.test" under sandbox.egress would allow it).',
    });
    const both = await agent(ask, { setup: ask });
    expect(both.egress.map(({ phase, decision }) => `${phase} ${decision}`)).toEqual([
      'setup refused',
      'work refused',
    ]);
    const listed = { hosts: [{ host: 'denied.test', rule: 'policy:denied.test' }], routes: [] };
    const apart = await agent(ask, { setup: ask, egress: { setup: listed } });
    expect(apart.egress.map(({ phase, rule }) => `${phase} ${rule}`)).toEqual([
      'setup plain-http', // it is listed, and by https alone
      'work host-not-listed',
    ]);
    expect(both.posture).toMatchObject({ problems: [], visible: [] });
  });
});
