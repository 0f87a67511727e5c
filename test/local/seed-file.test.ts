import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseSeed } from '#local/seed/parse-seed.ts';
import { type LocalGitHub, startLocalGitHub } from '#local/server.ts';

const whole = `
users:
  - { login: mara, name: Mara, as: maintainer }
  - { login: rene, as: reviewer }
  - { login: zoe }
organizations:
  - login: acme
    members: { mara: admin, zoe: member }
    teams:
      - { slug: core, name: Core, members: [zoe], repositories: { shop: maintain } }
repositories:
  - owner: acme
    name: shop
    description: A shop
    files:
      README.md: "# Shop\\n"
      bin/run: { content: "#!/bin/sh\\n", executable: true }
    commit: { message: "feat: open", author: mara }
    branches:
      - { name: fix, author: rene, message: "fix: sum", files: { sum.mjs: "export {};\\n" } }
      - { name: more, from: fix, author: rene, files: { more.mjs: "export {};\\n" } }
    collaborators: { rene: write }
    labels: [{ name: bug, color: d73a4a, description: Broken }]
    issues:
      - { title: The sum is wrong, body: Really., author: zoe, labels: [bug], assignees: [rene] }
      - { title: Then this, author: mara, blockedBy: [1], comments: [{ author: zoe, body: Soon? }] }
      - { title: Was that, author: mara, state: closed, subIssues: [1] }
    pulls:
      - title: Sum right
        author: rene
        head: fix
        labels: [bug]
        requestedReviewers: [zoe]
        comments: [{ author: mara, body: Thanks }]
        reviews: [{ author: mara, state: APPROVED, body: Good }]
    protections:
      - { branch: main, checks: [{ context: ci, app: true }], approvals: 1, linearHistory: true }
    rulesets:
      - name: No force
        rules: [{ type: non_fast_forward }]
        bypass: [{ who: team, team: core }, { who: app, mode: pull_request }]
    environments:
      - name: production
        reviewers: [mara]
        waitMinutes: 5
        branches: protected
        secrets: { KEY: s3cret }
        variables: { REGION: north }
    secrets: { TOKEN: hidden }
    variables: { greeting: hello }
  - { owner: mara, name: notes, private: true }
app:
  slug: sally
  permissions: { issues: write }
  events: [issues]
  installOn: acme
  webhook: { url: "http://127.0.0.1:9/hook", secret: known }
`;

function refusalOf(text: string): readonly string[] {
  const parsed = parseSeed(text, '/');
  if (parsed.ok) throw new Error('expected a refusal');
  return parsed.refusal;
}

describe('a seed file', () => {
  let folder: string;
  let github: LocalGitHub;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'seed-file-'));
    const parsed = parseSeed(whole, folder);
    if (!parsed.ok) throw new Error(parsed.refusal.join('\n'));
    github = await startLocalGitHub({ dataDir: folder, seed: parsed.value });
  });
  afterAll(async () => {
    await github.close();
    await rm(folder, { recursive: true, force: true });
  });
  const get = async (path: string, login = 'mara') => {
    const headers = { authorization: `Bearer ${github.tokens[login]}` };
    const response = await fetch(`${github.urls.rest}/repos/acme/shop${path}`, { headers });
    // biome-ignore lint/suspicious/noExplicitAny: tests read answers as a client would, by name.
    return response.json() as Promise<any>;
  };

  it('becomes issues, comments, dependencies and sub-issues', async () => {
    expect(await get('/issues/1')).toMatchObject({
      title: 'The sum is wrong',
      user: { login: 'zoe' },
      labels: [{ name: 'bug', color: 'd73a4a' }],
      assignees: [{ login: 'rene' }],
    });
    expect(await get('/issues/2/comments')).toMatchObject([
      { body: 'Soon?', user: { login: 'zoe' } },
    ]);
    expect(await get('/issues/2/dependencies/blocked_by')).toMatchObject([{ number: 1 }]);
    expect(await get('/issues/3')).toMatchObject({ state: 'closed', state_reason: 'completed' });
    expect(await get('/issues/3/sub_issues')).toMatchObject([{ number: 1 }]);
  });

  it('becomes branches and a pull request that can be merged by those who may', async () => {
    expect((await get('/branches')).map(({ name }: { name: string }) => name)).toEqual([
      'fix',
      'main',
      'more',
    ]);
    expect(await get('/pulls/4/files')).toMatchObject([{ filename: 'sum.mjs', status: 'added' }]);
    expect(await get('/pulls/4')).toMatchObject({
      head: { ref: 'fix' },
      base: { ref: 'main' },
      requested_reviewers: [{ login: 'zoe' }],
      comments: 1,
      commits: 1,
    });
    expect(await get('/pulls/4/reviews')).toMatchObject([{ state: 'APPROVED', body: 'Good' }]);
    expect(await get('/compare/main...more')).toMatchObject({ ahead_by: 2 });
    expect(await get('/git/trees/main?recursive=1')).toMatchObject({
      tree: expect.arrayContaining([expect.objectContaining({ path: 'bin/run', mode: '100755' })]),
    });
  });

  it('becomes roles, those of teams among them', async () => {
    const role = async (login: string) =>
      (await get(`/collaborators/${login}/permission`)).role_name;

    expect([await role('mara'), await role('rene'), await role('zoe')]).toEqual([
      'admin',
      'write',
      'maintain',
    ]);
  });

  it('becomes rules, environments, secrets and variables', () => {
    const shop = github.world.repositoryByName('acme', 'shop');

    expect(shop?.protections.get('main')).toMatchObject({
      requiredChecks: [{ context: 'ci', appId: github.app?.id }],
      requiredApprovals: 1,
      linearHistory: true,
      enforceAdmins: true,
    });
    const [team] = github.world.teams.values();
    expect([...(shop?.rulesets.values() ?? [])]).toMatchObject([
      {
        name: 'No force',
        enforcement: 'active',
        include: ['~DEFAULT_BRANCH'],
        rules: [{ type: 'non_fast_forward' }],
        bypass: [
          { type: 'Team', id: team?.id, mode: 'always' },
          { type: 'Integration', id: github.app?.id, mode: 'pull_request' },
        ],
      },
    ]);
    const production = shop?.environments.get('production');
    expect(production).toMatchObject({ waitMinutes: 5, branches: 'protected' });
    expect(production?.reviewers).toEqual([github.world.userByLogin('mara')?.id]);
    expect(production?.secrets.get('KEY')?.value).toBe('s3cret');
    expect(shop?.secrets.get('TOKEN')?.value).toBe('hidden');
    expect(shop?.variables.get('GREETING')?.value).toBe('hello');
    expect(github.app?.webhookSecret).toBe('known');
  });

  it('is the same in JSON', () => {
    const yaml = parseSeed(whole, '/');
    const file = {
      users: [{ login: 'a' }],
      repositories: [{ owner: 'a', name: 'b', git: '../c' }],
    };

    expect(yaml.ok).toBe(true);
    expect(parseSeed(JSON.stringify(file), '/seeds/x')).toMatchObject({
      ok: true,
      value: { repositories: [{ source: { kind: 'git', path: '/seeds/c' } }] },
    });
  });
});

describe('docs/cli.md', () => {
  it('shows a seed file that can be used as it stands', async () => {
    const text = await readFile(new URL('../../docs/cli.md', import.meta.url), 'utf8');
    const [, shown = ''] = /```yaml\n([\s\S]*?)```/.exec(text) ?? [];
    const parsed = parseSeed(shown, '/');
    if (!parsed.ok) throw new Error(parsed.refusal.join('\n'));
    const dataDir = await mkdtemp(join(tmpdir(), 'seed-docs-'));

    const github = await startLocalGitHub({ dataDir, seed: parsed.value });

    expect(github.world.repositoryByName('acme', 'shop')?.pulls.get(4)?.title).toBe('Sum right');
    expect(github.people.map((each) => each.as)).toEqual(['maintainer', 'reviewer', 'requester']);
    await github.close();
    await rm(dataDir, { recursive: true, force: true });
  });
});

describe('a seed file with a mistake', () => {
  it.each([
    [
      'a key that is not known',
      'name: rene, as',
      'nmae: rene, as',
      'users.1.nmae: expected one of the keys login, name, as, got "nmae"',
    ],
    [
      'a wrong type',
      'waitMinutes: 5',
      'waitMinutes: soon',
      'repositories.0.environments.0.waitMinutes: expected a number, got "soon"',
    ],
    [
      'a number out of its range',
      'approvals: 1',
      'approvals: 9',
      'repositories.0.protections.0.approvals: expected 0 to 6 approvals, got 9',
    ],
    [
      'a value that is none of them',
      'as: reviewer',
      'as: king',
      'users.1.as: expected "maintainer" or "reviewer" or "requester", got "king"',
    ],
    [
      'a role that does not exist',
      'rene: write',
      'rene: owner',
      'repositories.0.collaborators.rene: expected "read" or "triage" or "write" or "maintain" or "admin", got "owner"',
    ],
    [
      'a login that is none',
      'login: zoe',
      'login: zo e',
      'users.2.login: expected a login of letters, digits and dashes, got "zo e"',
    ],
    [
      'a path out of the repository',
      'README.md:',
      '../README.md:',
      'repositories.0.files.../README.md: expected a path below the repository, got "../README.md"',
    ],
    [
      'a file that is no text',
      'executable: true',
      'executable: 1',
      'repositories.0.files.bin/run.executable: expected true or false, got 1',
    ],
    [
      'something missing',
      'title: Sum right',
      'body: x',
      'repositories.0.pulls.0.title: expected text, got nothing',
    ],
    [
      'an address that is none',
      '"http://127.0.0.1:9/hook"',
      'file:///etc',
      'app.webhook.url: expected an http or https address, got "file:///etc"',
    ],
    [
      'an author who is nobody',
      'author: zoe, labels',
      'author: eve, labels',
      'repositories.0.issues.0.author: expected one of the users (mara, rene, zoe), got "eve"',
    ],
    [
      'an owner who is nobody',
      'owner: acme',
      'owner: initech',
      'repositories.0.owner: expected one of the accounts (mara, rene, zoe, acme), got "initech"',
    ],
    [
      'an issue that is not there',
      'blockedBy: [1]',
      'blockedBy: [7]',
      'repositories.0.issues.1.blockedBy.0: expected one of the issues (1, 2, 3), got 7',
    ],
    [
      'a branch that is not there',
      'head: fix',
      'head: fox',
      'repositories.0.pulls.0.head: expected one of the branches (main, fix, more), got "fox"',
    ],
    [
      'a repository that is not there',
      'shop: maintain',
      'ship: maintain',
      'organizations.0.teams.0.repositories.ship: expected one of the repositories of acme (shop), got "ship"',
    ],
    [
      'a team that is not there',
      'team: core',
      'team: cure',
      'repositories.0.rulesets.0.bypass.0.team: expected one of the teams (core), got "cure"',
    ],
    [
      'a login twice',
      'login: zoe',
      'login: Rene',
      'users.2.login: expected a name of its own, got "Rene" a second time',
    ],
    [
      'two sources',
      'commit: {',
      'folder: x\n    commit: {',
      'repositories.0: expected one of files, folder, git, got files and folder',
    ],
    [
      'a name that GitHub keeps for itself',
      'TOKEN: hidden',
      'GITHUB_TOKEN: x',
      'repositories.0.secrets.GITHUB_TOKEN: expected a name of letters, digits and _ that is not GITHUB_…, got "GITHUB_TOKEN"',
    ],
  ])('%s is told in one sentence', (_name, from, to, sentence) => {
    const text = whole.replace('login: rene, as', 'login: rene, name: rene, as');
    expect(text).toContain(from);

    expect(refusalOf(text.replace(from, to))).toContain(sentence);
  });

  it.each([
    ['a list', '[]', '(the whole file): expected keys with values, got []'],
    ['nothing', '', '(the whole file): expected keys with values, got null'],
    [
      'no YAML',
      'users: [',
      'line 1, column 9: expected JSON or YAML, got a mistake: Flow sequence',
    ],
    ['cut JSON', '{"users": [', 'line 1, column 12: expected JSON or YAML, got a mistake: Flow'],
  ])('is refused when it is %s', (_name, text, sentence) => {
    expect(refusalOf(text)[0]).toContain(sentence);
  });

  it('is told all its mistakes at once', () => {
    const text = 'users: [{ login: 5 }, { name: x }]\nrepositories: none\n';

    expect(refusalOf(text)).toEqual([
      'users.0.login: expected text, got 5',
      'users.1.login: expected text, got nothing',
      'repositories: expected a list, got "none"',
    ]);
  });
});
