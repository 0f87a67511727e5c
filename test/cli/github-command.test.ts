import { execFile } from 'node:child_process';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type GitHubProcess, startGitHubProcess } from './github-process.ts';

const run = promisify(execFile);
let folder: string;
let github: GitHubProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'github-command-'));
  github = await startGitHubProcess();
}, 60_000);
afterAll(async () => {
  await github.stop('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** One printed line, run as it stands. */
function paste(line: string) {
  return run('sh', ['-c', line], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, GIT_CONFIG_NOSYSTEM: '1' },
  });
}

function printed(start: string): string {
  const line = github
    .output()
    .stderr.split('\n')
    .find((each) => each.trim().startsWith(start));
  if (line === undefined) throw new Error(`expected a line that starts with ${start}`);
  return line.trim();
}

describe('sallyport github', () => {
  it('prints one document, and people with their parts can sign in', async () => {
    const { sheet } = github;

    expect(JSON.parse(github.output().stdout)).toEqual(sheet);
    expect(Object.keys(sheet)).toEqual([
      'restUrl',
      'graphqlUrl',
      'gitUrl',
      'tokens',
      'repositories',
    ]);
    expect(Object.keys(sheet.tokens)).toEqual(['maintainer', 'reviewer', 'requester']);
    expect(sheet.repositories).toEqual(['acme/widgets']);
    const users = Object.keys(sheet.tokens).map((who) => github.call(who, 'GET', '/user'));
    expect((await Promise.all(users)).map((user) => user.login)).toEqual([
      'maintainer',
      'reviewer',
      'requester',
    ]);
  });

  it('gives people their roles', async () => {
    const role = async (login: string) =>
      (
        await github.call(
          'maintainer',
          'GET',
          `/repos/acme/widgets/collaborators/${login}/permission`,
        )
      ).role_name;

    expect(await role('maintainer')).toBe('admin');
    expect(await role('reviewer')).toBe('write');
    expect(await role('requester')).toBe('read');
  });

  it('prints lines for git, gh and curl that work as they stand', async () => {
    await paste(printed('git clone'));
    expect(await readFile(join(folder, 'widgets', 'README.md'), 'utf8')).toContain('# Widgets');

    expect((await paste(printed('GH_HOST='))).stdout).toContain('The count is one too high');

    const issues = JSON.parse((await paste(printed('curl'))).stdout);
    expect(issues).toHaveLength(3);
  });

  it('is cloned without a credential from its git address', async () => {
    await paste(`git clone -q ${github.sheet.gitUrl}/acme/widgets.git anonymous`);

    expect(await readFile(join(folder, 'anonymous', 'count.mjs'), 'utf8')).toContain('count');
  });

  it('answers GraphQL where it says', async () => {
    const response = await fetch(github.sheet.graphqlUrl, {
      method: 'POST',
      headers: { authorization: `Bearer ${github.sheet.tokens.reviewer}` },
      body: JSON.stringify({ query: '{ viewer { login } }' }),
    });

    expect(await response.json()).toEqual({ data: { viewer: { login: 'reviewer' } } });
  });

  it('says in one sentence that its port is taken', async () => {
    const port = new URL(github.sheet.gitUrl).port;

    const refused = startGitHubProcess('--port', port);

    await expect(refused).rejects.toThrow(
      `ended with 7: sallyport: port ${port} on 127.0.0.1 is taken: stop what uses it or choose another with --port\n`,
    );
  });

  it('starts with the world of a seed file, and names tokens by part, else by login', async () => {
    const file = join(folder, 'seed.yaml');
    const users =
      '[{ login: mara, as: maintainer }, { login: rene, as: reviewer }, { login: zoe }]';
    await writeFile(file, `users: ${users}\nrepositories: [{ owner: mara, name: notes }]\n`);

    const other = await startGitHubProcess('--seed', file);

    expect(other.sheet.repositories).toEqual(['mara/notes']);
    expect(Object.keys(other.sheet.tokens)).toEqual(['maintainer', 'reviewer', 'zoe']);
    expect(await other.call('maintainer', 'GET', '/user')).toMatchObject({ login: 'mara' });
    await other.stop('SIGTERM');
  });

  it('ends well with repositories so large that git packs them', async () => {
    const file = join(folder, 'large.json');
    const names = Array.from({ length: 60 }, (_, index) => `branch-${index}`);
    const branches = names.map((name) => ({ name, author: 'mara', files: { [name]: name } }));
    const pulls = names.map((name) => ({ title: name, author: 'mara', head: name }));
    const large = { owner: 'mara', name: 'large', files: { 'README.md': '' }, branches, pulls };
    await writeFile(file, JSON.stringify({ users: [{ login: 'mara' }], repositories: [large] }));
    const other = await startGitHubProcess('--seed', file);

    expect(await other.stop('SIGTERM')).toBe(0);

    expect(other.output().stderr).not.toContain('unsettled');
  });

  it('says every mistake of a seed file, a line each, and starts nothing', async () => {
    const file = join(folder, 'bad.json');
    await writeFile(file, '{"users": [{"login": 5}], "repositories": [{"owner": "x"}]}');

    await expect(startGitHubProcess('--seed', file)).rejects.toThrow(
      `ended with 2: sallyport: ${file}: users.0.login: expected text, got 5\n${file}: repositories.0.name: expected text, got nothing\n`,
    );
    await expect(startGitHubProcess('--seed', join(folder, 'none.json'))).rejects.toThrow(
      /^ended with 2: sallyport: cannot read the seed .*none\.json: ENOENT\n$/,
    );
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'ends well on %s and takes its files away',
    async (signal) => {
      const other = await startGitHubProcess();
      const keyFile = /private key +(.*)$/m.exec(other.output().stderr)?.[1] ?? '';
      await access(keyFile);

      expect(await other.stop(signal)).toBe(0);

      await expect(access(keyFile)).rejects.toThrow('ENOENT');
      expect(other.output().stdout).toBe(`${JSON.stringify(other.sheet, null, 2)}\n`);
    },
  );
});
