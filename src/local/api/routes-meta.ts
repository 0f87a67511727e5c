import { canSee } from './access.ts';
import { paginate } from './paginate.ts';
import { renderIssue } from './render-issue.ts';
import { renderUser } from './render-user.ts';
import { type Call, HttpError, type Route } from './route.ts';

/** Accounts, limits, search: what belongs to no repository. */
export const metaRoutes: readonly Route[] = [
  {
    operation: 'users/get-authenticated',
    method: 'GET',
    path: '/user',
    access: 'user',
    handle: (call) => {
      if (call.principal.kind !== 'user') throw new HttpError(401, 'Requires authentication');
      return { status: 200, body: renderAccount(call, call.principal.user.login) };
    },
  },
  {
    operation: 'users/get-by-username',
    method: 'GET',
    path: '/users/{username}',
    access: 'anyone',
    handle: (call) => ({ status: 200, body: renderAccount(call, call.params.username ?? '') }),
  },
  {
    operation: 'rate-limit/get',
    method: 'GET',
    path: '/rate_limit',
    access: 'anyone',
    handle: (call) => ({ status: 200, body: renderLimits(call.world.now()) }),
  },
  {
    operation: 'meta/get',
    method: 'GET',
    path: '/meta',
    access: 'anyone',
    handle: () => ({
      status: 200,
      body: {
        verifiable_password_authentication: false,
        hooks: ['127.0.0.1/32'],
        git: [],
        api: [],
      },
    }),
  },
  {
    operation: 'meta/root',
    method: 'GET',
    path: '/',
    access: 'anyone',
    handle: (call) => ({
      status: 200,
      body: {
        current_user_url: `${call.world.urls.rest}/user`,
        repository_url: `${call.world.urls.rest}/repos/{owner}/{repo}`,
        rate_limit_url: `${call.world.urls.rest}/rate_limit`,
      },
    }),
  },
  {
    operation: 'search/issues-and-pull-requests',
    method: 'GET',
    path: '/search/issues',
    access: ['issues:read', 'pull_requests:read'],
    handle: search,
  },
];

function renderAccount(call: Call, login: string) {
  const user = call.world.userByLogin(login);
  if (!user) throw new HttpError(404, 'Not Found');
  return {
    ...renderUser(call.world, user),
    name: user.name,
    company: null,
    blog: '',
    location: null,
    email: null,
    hireable: null,
    bio: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
  };
}

function renderLimits(now: Date) {
  const reset = Math.floor(now.getTime() / 1000) + 3600;
  const limit = { limit: 15_000, used: 1, remaining: 14_999, reset };
  return { resources: { core: limit, graphql: limit, search: limit }, rate: limit };
}

/** The qualifiers that are known; any other one would silently widen the answer, so it is refused. */
const QUALIFIERS = ['repo', 'is', 'type', 'state', 'label', 'author', 'in'];

function search(call: Call) {
  const terms = (call.query.get('q') ?? '').slice(0, 256).match(/[\w-]+:"[^"]*"|\S+/g) ?? [];
  const qualifiers = terms.flatMap((term) => {
    const [, name, value = ''] = /^([\w-]+):"?([^"]*)"?$/.exec(term) ?? [];
    return name === undefined ? [] : [{ name, value }];
  });
  const unknown = qualifiers.find(({ name }) => !QUALIFIERS.includes(name));
  if (unknown) throw new HttpError(422, `The local GitHub cannot search by ${unknown.name}`);
  const words = terms.filter((term) => !/^[\w-]+:/.test(term)).map((word) => word.toLowerCase());
  const found = listVisible(call)
    .filter(({ name, issue }) => qualifiers.every((each) => matches(call, each, name, issue)))
    .filter(({ issue }) => {
      const text = `${issue.title}\n${issue.body}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
  return paginate(
    call,
    found,
    ({ repository, issue }) => renderIssue(call.world, repository, issue),
    (page, total) => ({ total_count: total, incomplete_results: false, items: page }),
  );
}

function listVisible(call: Call) {
  return [...call.world.repositories.values()]
    .filter((repository) => canSee(call.world, repository, call.principal))
    .flatMap((repository) =>
      [...repository.issues.values(), ...repository.pulls.values()].map((issue) => ({
        repository,
        name: call.world.fullName(repository),
        issue,
      })),
    );
}

function matches(
  call: Call,
  { name, value }: { readonly name: string; readonly value: string },
  repository: string,
  issue: ReturnType<typeof listVisible>[number]['issue'],
): boolean {
  const kind = 'headRef' in issue ? 'pr' : 'issue';
  switch (name) {
    case 'repo':
      return repository.toLowerCase() === value.toLowerCase();
    case 'state':
      return issue.state === value;
    case 'label':
      return issue.labels.some((label) => label.toLowerCase() === value.toLowerCase());
    case 'author':
      return call.world.userByLogin(value)?.id === issue.authorId;
    case 'is':
    case 'type':
      return value === kind || value === issue.state || (value === 'pull-request' && kind === 'pr');
    default:
      return true;
  }
}
