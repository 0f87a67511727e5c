// Which pushes and pull requests start which workflows, at which commit: GitHub's filters, its trial
// merge, its skip instructions, and what its own token may not start.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { matchesList } from '#local/actions/filter-pattern.ts';
import { asksToSkip } from '#local/actions/skip-instruction.ts';
import { isTriggered } from '#local/actions/trigger.ts';
import type { Seed } from '#local/seed/seed.ts';
import { openTestGitHub, type TestGitHub } from './api-world.ts';

const git = promisify(execFile);

describe('a list of patterns', () => {
  // The rows of GitHub's own cheat sheet, each with what it says matches; then what must not.
  it.each([
    [['feature/*'], ['feature/my-branch', 'feature/your-branch'], ['feature/a/b', 'feature']],
    [['feature/**'], ['feature/beta-a/my-branch', 'feature/your-branch'], ['features/x']],
    [
      ['main', 'releases/mona-the-octocat'],
      ['main', 'releases/mona-the-octocat'],
      ['mai', 'main2'],
    ],
    [['*'], ['main', 'releases'], ['all/the/branches']],
    [['**'], ['all/the/branches', 'every/tag', 'main'], []],
    [['*feature'], ['mona-feature', 'feature', 'ver-10-feature'], ['feature-1', 'a/feature']],
    [['v2*'], ['v2', 'v2.0', 'v2.9'], ['v1', 'v2/x']],
    [['v[12].[0-9]+.[0-9]+'], ['v1.10.1', 'v2.0.0'], ['v3.0.0', 'v1..1', 'v1.0', 'v1.0.x']],
    [['*.jsx?'], ['page.js', 'page.jsx'], ['page.jsxx', 'src/page.js']],
    [['**.js'], ['index.js', 'js/index.js', 'src/js/app.js'], ['index.jsx', 'index_js']],
    [['docs/*'], ['docs/README.md', 'docs/file.txt'], ['docs/a/b.md', 'docs']],
    [['docs/**'], ['docs/README.md', 'docs/mona/octocat.txt'], ['doc/a', 'a/docs/b']],
    [
      ['docs/**/*.md'],
      ['docs/README.md', 'docs/mona/hello.md', 'docs/a/markdown/f.md'],
      ['docs/a.txt', 'docsx/a.md'],
    ],
    [
      ['**/docs/**'],
      ['docs/hello.md', 'dir/docs/my-file.txt', 'space/docs/plan/space.doc'],
      ['mydocs/x'],
    ],
    [['**/README.md'], ['README.md', 'js/README.md', 'a/b/README.md'], ['NOREADME.md']],
    [['**/*src/**'], ['a/src/app.js', 'my-src/code/js/app.js'], ['src2/app.js']],
    [['**/*-post.md'], ['my-post.md', 'path/their-post.md'], ['post.md']],
    [
      ['**/migrate-*.sql'],
      ['migrate-10909.sql', 'db/migrate-v1.0.sql', 'db/sept/migrate-v1.sql'],
      ['db/migrate-a/b.sql'],
    ],
    [['*.md', '!README.md'], ['hello.md'], ['README.md', 'docs/hello.md']],
    [
      ['*.md', '!README.md', 'README*'],
      ['hello.md', 'README.md', 'README.doc'],
      ['docs/README.md'],
    ],
    [['!README.md', '*.md'], ['README.md'], ['a.txt']],
    [['!main'], [], ['main', 'other']],
    [
      ['[CB]at', '[1-2]00'],
      ['Cat', 'Bat', '100', '200'],
      ['Rat', '300'],
    ],
    [
      ['a\\*b', 'c\\+'],
      ['a*b', 'c+'],
      ['aab', 'cc'],
    ],
    [['.github/**'], ['.github/workflows/ci.yml'], ['xgithub/a']],
    [
      ['a.b', 'x(y)|z', '^s$'],
      ['a.b', 'x(y)|z', '^s$'],
      ['aXb', 'z', 's'],
    ],
    [['ü*'], ['über'], ['uber']],
  ])('%j', (patterns, matching, others) => {
    expect(matching.filter((name) => !matchesList(name, patterns))).toEqual([]);
    expect(others.filter((name) => matchesList(name, patterns))).toEqual([]);
  });

  it('does not run away on a pattern made to be slow', () => {
    const name = `${'a'.repeat(2000)}b`;

    expect(matchesList(name, [`${'**a'.repeat(60)}c`])).toBe(false);
    expect(matchesList(name, [`${'[a-z]+'.repeat(60)}c`])).toBe(false);
    expect(matchesList(name, [`${'**a'.repeat(60)}b`])).toBe(true);
  });
});

describe('isTriggered', () => {
  const push = (ref: string, files?: readonly string[]) => ({
    name: 'push',
    action: undefined,
    ref: `refs/${ref}`,
    ...(files === undefined ? {} : { files }),
  });
  const docs = ['docs/a.md'];

  it.each([
    ['one of several files', { paths: ['src/**'] }, push('heads/m', ['src/a', 'docs/b']), true],
    ['no file', { paths: ['src/**'] }, push('heads/m', docs), false],
    ['a file taken back', { paths: ['**', '!docs/**'] }, push('heads/m', docs), false],
    ['another beside it', { paths: ['**', '!docs/**'] }, push('heads/m', [...docs, 'a']), true],
    ['only ignored files', { 'paths-ignore': ['docs/**'] }, push('heads/m', docs), false],
    ['one that is not', { 'paths-ignore': ['docs/**'] }, push('heads/m', [...docs, 'a']), true],
    ['a tag, whose files nobody looks at', { paths: ['src/**'] }, push('tags/v1'), true],
    [
      'the file, not the branch',
      { branches: ['main'], paths: ['**'] },
      push('heads/x', docs),
      false,
    ],
    [
      'the branch, not the file',
      { branches: ['main'], paths: ['src'] },
      push('heads/main', docs),
      false,
    ],
    ['both', { branches: ['main'], paths: ['docs/**'] }, push('heads/main', docs), true],
    ['an ignored tag', { 'tags-ignore': ['v*'] }, push('tags/v1'), false],
    ['another tag', { 'tags-ignore': ['v*'] }, push('tags/w1'), true],
    ['a branch, where only tags are ignored', { 'tags-ignore': ['v*'] }, push('heads/main'), false],
  ])('%s', (_what, filter, event, expected) => {
    expect(isTriggered(filter, event)).toBe(expected);
  });
});

describe('asksToSkip', () => {
  it.each([
    ['Fix [skip ci]', true],
    ['Fix\n\nText [ci skip] text', true],
    ['[no ci] fix', true],
    ['[skip actions]', true],
    ['[actions skip]', true],
    ['Fix\n\n\nskip-checks: true', true],
    ['Fix\n\nText\n\n\nSigned-off-by: Ada\nskip-checks:true\n', true],
    ['skip ci', false],
    ['[skip-ci]', false],
    ['Fix\n\nskip-checks: true', false],
    ['Fix\n\n\nskip-checks: true\nSigned-off-by: Ada', false],
    ['Fix\n\n\nskip-checks: false', false],
  ])('%j: %s', (message, expected) => {
    expect(asksToSkip(message)).toBe(expected);
  });
});

const job = (...lines: readonly string[]) =>
  [
    'permissions: { contents: write, actions: write, issues: write }',
    'jobs:',
    '  work:',
    '    runs-on: ubuntu-latest',
    '    env: { TOKEN: "${{ github.token }}" }',
    '    steps:',
    '      - uses: actions/checkout@v4',
    ...lines.map((line) => `      - run: ${line}`),
  ].join('\n');
const show = [
  'echo "ran $GITHUB_REF at $GITHUB_SHA"',
  'echo "tree $(git rev-parse HEAD) $(ls | tr "\\n" " ")"',
  'echo "refs $GITHUB_REF_NAME $GITHUB_HEAD_REF $GITHUB_BASE_REF"',
];
const CLAIMS = `|
          curl -sS -H "Authorization: Bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=x" |
            node -e 'let t = ""; process.stdin.on("data", (d) => { t += d; }).on("end", () => {
              const { sub, ref, head_ref, base_ref } = JSON.parse(Buffer.from(JSON.parse(t).value.split(".")[1], "base64url"));
              console.log("claims", sub.replace(/@[0-9]+/g, ""), ref, head_ref, base_ref); })'`;
const POST = 'curl -sS -o /dev/null -w "%{http_code}" -X POST -H "Authorization: Bearer $TOKEN"';
const WORKFLOWS: Readonly<Record<string, string>> = {
  'src.yml': `name: src\non: { push: { branches: [main, "work/**"], paths: ["src/**", "!src/*.md"] } }\n${job('true')}`,
  'rest.yml': `name: rest\non: { push: { paths-ignore: ["src/**", ".github/**"] } }\n${job('true')}`,
  'pull.yml': `name: pull\non: { pull_request: { paths: ["src/**"] } }\n${job(...show, CLAIMS).replace('issues: write', 'id-token: write')}`,
  'closed.yml': `name: closed\non: { pull_request: { types: [closed] } }\n${job(...show)}`,
  'target.yml': `name: target\non: pull_request_target\n${job(...show)}`,
  'issues.yml': `name: issues\non: { issues: { types: [labeled] } }\n${job('true')}`,
  'asked.yml': `name: asked\non: workflow_dispatch\n${job('true')}`,
  'sent.yml': `name: sent\non: repository_dispatch\n${job('true')}`,
  'token.yml': `name: token\non: { workflow_dispatch: {} }\n${job(
    `|
          cd "$(mktemp -d)" && git clone -q "$(echo $GITHUB_SERVER_URL | sed "s#://#://x-access-token:$TOKEN@#")/$GITHUB_REPOSITORY" . &&
          mkdir -p src && echo token >src/token && git add . &&
          git -c user.name=t -c user.email=t@example.com commit -qm token && git push -q origin HEAD:work/token`,
    `|
          ${POST} "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/issues/1/labels" -d '{"labels":["bug"]}'
          ${POST} "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/dispatches" -d '{"event_type":"go"}'
          ${POST} "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/actions/workflows/asked.yml/dispatches" -d '{"ref":"main"}'`,
  )}`,
};
const planted: Seed = {
  users: [{ login: 'ada', name: 'Ada' }],
  organizations: [{ login: 'acme', members: { ada: 'admin' } }],
  repositories: [
    {
      owner: 'acme',
      name: 'shop',
      source: {
        kind: 'files',
        files: {
          'README.md': { content: '# Shop\n' },
          'src/a': { content: 'a\n' },
          ...Object.fromEntries(
            Object.entries(WORKFLOWS).map(([name, content]) => [
              `.github/workflows/${name}`,
              { content },
            ]),
          ),
        },
      },
      issues: [{ title: 'One', body: '', author: 'ada' }],
    },
  ],
  app: { slug: 'sally', permissions: { contents: 'write' }, events: [], installOn: 'acme' },
};

interface Run {
  readonly id: number;
  readonly name: string;
  readonly event: string;
  readonly head_sha: string;
  readonly head_branch: string;
  readonly conclusion: string;
  readonly actor: { readonly login: string };
}

describe('what an event starts', () => {
  let test: TestGitHub;
  let ada: string;
  let folder: string;
  const R = '/repos/acme/shop';

  beforeAll(async () => {
    test = await openTestGitHub(planted);
    ada = test.github.tokens.ada ?? '';
    folder = await mkdtemp(join(tmpdir(), 'sp-clone-'));
    const url = new URL(`${test.github.urls.origin}/acme/shop.git`);
    Object.assign(url, { username: 'x-access-token', password: ada });
    await inClone('clone', '-q', String(url), '.');
    await inClone('config', 'user.name', 'Ada');
    await inClone('config', 'user.email', 'ada@example.com');
  });
  afterAll(async () => {
    await test.close();
    await rm(folder, { recursive: true, force: true });
  });

  const inClone = async (...args: string[]) =>
    (await git('git', args, { cwd: folder })).stdout.trim();
  const commit = async (branch: string, path: string, text: string, message = `Change ${path}`) => {
    await inClone('fetch', '-q', 'origin');
    const from = await inClone('rev-parse', '-q', '--verify', `origin/${branch}`).catch(
      () => 'origin/main',
    );
    await inClone('checkout', '-q', '-B', branch, from);
    await git('sh', ['-c', 'mkdir -p "$(dirname "$0")" && printf "%s" "$1" >"$0"', path, text], {
      cwd: folder,
    });
    await inClone('add', '-A');
    await inClone('commit', '-q', '--cleanup=verbatim', '-m', message);
    return inClone('rev-parse', 'HEAD');
  };
  const push = async (branch: string, path: string, text: string, message?: string) => {
    const sha = await commit(branch, path, text, message);
    await inClone('push', '-q', 'origin', branch);
    return sha;
  };
  const all = async (): Promise<readonly Run[]> =>
    (await test.call(ada, 'GET', `${R}/actions/runs?per_page=100`)).body.workflow_runs;
  /** What an act started, by name. */
  const startedBy = async (act: () => Promise<unknown>): Promise<readonly Run[]> => {
    const before = new Set((await all()).map((run) => run.id));
    await act();
    await test.github.idle();
    const fresh = (await all()).filter((run) => !before.has(run.id));
    return fresh.toSorted((one, other) => one.name.localeCompare(other.name));
  };
  const names = (runs: readonly Run[]) => runs.map((run) => run.name);
  const log = async (run: Run | undefined): Promise<string> => {
    const { jobs } = (await test.call(ada, 'GET', `${R}/actions/runs/${run?.id}/jobs`)).body;
    return String((await test.call(ada, 'GET', `${R}/actions/jobs/${jobs[0].id}/logs`)).body);
  };
  const openPull = (head: string) =>
    test.call(ada, 'POST', `${R}/pulls`, { title: `From ${head}`, head, base: 'main' });

  it('looks at the files of all the commits of a push', async () => {
    expect(names(await startedBy(() => push('main', 'docs/a.md', '1')))).toEqual(['rest']);
    expect(names(await startedBy(() => push('main', 'src/b', '1')))).toEqual(['src']);
    expect(names(await startedBy(() => push('main', 'src/b.md', '1')))).toEqual([]);
    const two = await startedBy(async () => {
      await commit('work/two', 'src/c', '1');
      await inClone('branch', '-q', '-f', 'kept');
      await inClone('commit', '-q', '--allow-empty', '-m', 'Nothing');
      await inClone('push', '-q', 'origin', 'work/two');
    });
    // A new branch is held against what its own commits bring.
    expect(names(two)).toEqual(['src']);
    expect(names(await startedBy(() => push('other/two', 'src/c', '1')))).toEqual([]);
    expect(
      names(await startedBy(() => inClone('push', '-q', 'origin', 'main:refs/tags/v1'))),
    ).toEqual(['rest']);
  });

  it('skips a push whose last commit asks for it, and no other', async () => {
    const skipped = await startedBy(() => push('main', 'src/b', '2', 'Change b [skip ci]'));
    const trailer = await startedBy(() => push('main', 'src/b', '3', 'b\n\n\nskip-checks: true\n'));
    const after = await startedBy(() => push('main', 'src/b', '4'));

    expect([names(skipped), names(trailer), names(after)]).toEqual([[], [], ['src']]);
  });

  it('runs a pull request at its trial merge, and shows the run at its head', async () => {
    const head = await push('feature/sum', 'src/sum', 'sum\n');
    await test.github.idle();
    const base = await push('main', 'docs/late.md', 'late\n');
    await test.github.idle();
    const runs = await startedBy(() => openPull('feature/sum'));
    const [pull, target] = runs;
    const merge = await inClone('ls-remote', 'origin', 'refs/pull/2/merge');
    const sha = merge.split('\t')[0] ?? '';
    await inClone('fetch', '-q', 'origin', sha);

    expect(names(runs)).toEqual(['pull', 'target']);
    expect(await inClone('show', '-s', '--format=%P', sha)).toBe(`${base} ${head}`);
    expect(pull).toMatchObject({
      head_sha: head,
      head_branch: 'feature/sum',
      conclusion: 'success',
    });
    const text = await log(pull);
    expect(text).toContain(`ran refs/pull/2/merge at ${sha}`);
    expect(text).toContain(`tree ${sha} README.md docs src`);
    expect(text).toContain('refs 2/merge feature/sum main');
    expect(text).toContain(
      'claims repo:acme/shop:pull_request refs/pull/2/merge feature/sum main\n',
    );
    // The base's own file runs the base, whatever the pull request brings.
    const other = await log(target);
    expect(other).toContain(`ran refs/heads/main at ${base}`);
    expect(other).toContain(`tree ${base} README.md docs src`);
  });

  it('makes the trial merge again when the head moves, and runs the same one twice', async () => {
    const merge = async () =>
      (await inClone('ls-remote', 'origin', 'refs/pull/2/merge')).slice(0, 40);
    const before = await merge();
    await startedBy(() => test.call(ada, 'PATCH', `${R}/pulls/2`, { state: 'closed' }));
    await startedBy(() => test.call(ada, 'PATCH', `${R}/pulls/2`, { state: 'open' }));
    const same = await merge();
    const runs = await startedBy(() => push('feature/sum', 'docs/x.md', 'x'));

    expect(same).toBe(before);
    // The paths are those of the whole pull request, not of the last push.
    expect(names(runs)).toEqual(['pull', 'rest', 'target']);
    expect(await merge()).not.toBe(before);
  });

  it('starts no pull_request workflow without a trial merge or when its head asks to skip', async () => {
    await push('feature/conflict', 'src/b', 'another b\n');
    await push('main', 'src/b', 'b of main\n');
    await test.github.idle();
    const conflicting = await startedBy(() => openPull('feature/conflict'));
    await push('feature/quiet', 'src/quiet', 'q', 'Quiet [ci skip]');
    await test.github.idle();
    const quiet = await startedBy(() => openPull('feature/quiet'));
    await push('feature/docs', 'docs/only.md', 'd');
    await test.github.idle();
    const docs = await startedBy(() => openPull('feature/docs'));

    expect([conflicting, quiet, docs].map(names)).toEqual([['target'], ['target'], ['target']]);
  });

  it('runs what follows a merge at the base branch', async () => {
    const runs = await startedBy(() =>
      test.call(ada, 'PUT', `${R}/pulls/2/merge`, { merge_method: 'squash' }),
    );
    const closed = runs.find((run) => run.name === 'closed');
    const main = (await test.call(ada, 'GET', `${R}/branches/main`)).body.commit.sha;

    expect(await log(closed)).toContain(`ran refs/heads/main at ${main}`);
  });

  it('starts nothing for what a job’s own token did, but what it asked for', async () => {
    const asked = await startedBy(() =>
      test.call(ada, 'POST', `${R}/actions/workflows/token.yml/dispatches`, { ref: 'main' }),
    );
    const text = await log(asked.find((run) => run.name === 'token'));

    expect(names(asked)).toEqual(['asked', 'sent', 'token']);
    expect(asked.map((run) => run.actor.login)).toEqual([
      'github-actions[bot]',
      'github-actions[bot]',
      'ada',
    ]);
    // All of it was done: the same by a person starts the others, too.
    expect(text).toContain('200204204');
    expect((await test.call(ada, 'GET', `${R}/branches/work/token`)).status).toBe(200);
    await test.call(ada, 'DELETE', `${R}/issues/1/labels/bug`);
    const byAda = await startedBy(async () => {
      await push('work/ada', 'src/ada', 'ada');
      await test.call(ada, 'POST', `${R}/issues/1/labels`, { labels: ['bug'] });
    });
    expect(names(byAda)).toEqual(['issues', 'src']);
  });

  it('keeps refs/pull to itself', async () => {
    const refused = inClone('push', '-qf', 'origin', 'main:refs/pull/2/merge');
    await expect(refused).rejects.toThrow('deny updating a hidden ref');
    const deleted = await test.call(ada, 'DELETE', `${R}/git/refs/pull/2/merge`);
    expect([deleted.status, deleted.body.message]).toEqual([422, 'deny updating a hidden ref']);
    await inClone('push', '-q', 'origin', 'main:refs/notes-of-ours/1');
    expect(await inClone('ls-remote', 'origin', 'refs/notes-of-ours/1')).toContain('refs/notes');
  });
});
