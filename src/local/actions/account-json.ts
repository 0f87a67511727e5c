import type { Repository, User, World } from '#local/world.ts';
import type { JsonObject } from '#model/json.ts';

/** GitHub's "simple user". */
export function simpleUser(world: World, user: User): JsonObject {
  const url = `${world.urls.rest}/users/${user.login}`;
  return {
    login: user.login,
    id: user.id,
    node_id: Buffer.from(`User:${user.id}`).toString('base64url'),
    avatar_url: `${world.urls.server}/avatars/u/${user.id}`,
    gravatar_id: '',
    url,
    html_url: `${world.urls.server}/${user.login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: user.type,
    site_admin: false,
  };
}

// GitHub's URL members of a repository: name, then what follows the repository's URL.
const REPOSITORY_URLS: readonly (readonly [string, string])[] = [
  ['archive', '/{archive_format}{/ref}'],
  ['assignees', '/assignees{/user}'],
  ['blobs', '/git/blobs{/sha}'],
  ['branches', '/branches{/branch}'],
  ['collaborators', '/collaborators{/collaborator}'],
  ['comments', '/comments{/number}'],
  ['commits', '/commits{/sha}'],
  ['compare', '/compare/{base}...{head}'],
  ['contents', '/contents/{+path}'],
  ['contributors', '/contributors'],
  ['deployments', '/deployments'],
  ['downloads', '/downloads'],
  ['events', '/events'],
  ['forks', '/forks'],
  ['git_commits', '/git/commits{/sha}'],
  ['git_refs', '/git/refs{/sha}'],
  ['git_tags', '/git/tags{/sha}'],
  ['hooks', '/hooks'],
  ['issue_comment', '/issues/comments{/number}'],
  ['issue_events', '/issues/events{/number}'],
  ['issues', '/issues{/number}'],
  ['keys', '/keys{/key_id}'],
  ['labels', '/labels{/name}'],
  ['languages', '/languages'],
  ['merges', '/merges'],
  ['milestones', '/milestones{/number}'],
  ['notifications', '/notifications{?since,all,participating}'],
  ['pulls', '/pulls{/number}'],
  ['releases', '/releases{/id}'],
  ['stargazers', '/stargazers'],
  ['statuses', '/statuses/{sha}'],
  ['subscribers', '/subscribers'],
  ['subscription', '/subscription'],
  ['tags', '/tags'],
  ['teams', '/teams'],
  ['trees', '/git/trees{/sha}'],
];

/** GitHub's "minimal repository". */
export function minimalRepository(world: World, repository: Repository): JsonObject {
  const name = world.fullName(repository);
  const url = `${world.urls.rest}/repos/${name}`;
  const owner = world.users.get(repository.ownerId);
  return {
    id: repository.id,
    node_id: Buffer.from(`Repository:${repository.id}`).toString('base64url'),
    name: repository.name,
    full_name: name,
    private: repository.private,
    owner: owner === undefined ? null : simpleUser(world, owner),
    html_url: `${world.urls.server}/${name}`,
    description: repository.description,
    fork: false,
    url,
    ...Object.fromEntries(REPOSITORY_URLS.map(([key, tail]) => [`${key}_url`, `${url}${tail}`])),
  };
}
