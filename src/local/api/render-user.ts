import type { User } from '#local/record/account.ts';
import type { Repository } from '#local/record/repository.ts';
import type { World } from '../world.ts';
import { ACTIONS_BOT_ID } from '../world-state.ts';
import { toNodeId } from './node-id.ts';
import type { Schema } from './operation.ts';

/** The account that stands for one that is gone, as on GitHub. */
const GHOST: User = { id: 10137, login: 'ghost', type: 'User', name: null };

/** An account by id, or the ghost. */
export function userById(world: World, id: number): User {
  return world.users.get(id) ?? GHOST;
}

/** An account as it comes out: `Schema<'simple-user'>`, as narrow as the webhooks' own copies. */
export type RenderedUser = ReturnType<typeof renderUser>;

/** `simple-user` of the REST description. */
export function renderUser(world: World, user: User) {
  const url = `${world.urls.rest}/users/${encodeURIComponent(user.login)}`;
  const page = user.type === 'Bot' ? `apps/${user.login.replace(/\[bot\]$/, '')}` : user.login;
  return {
    login: user.login,
    id: user.id,
    node_id: toNodeId(user.type, user.id),
    avatar_url: `${world.urls.server}/_avatar/${user.id}`,
    gravatar_id: '',
    url,
    html_url: `${world.urls.server}/${page}`,
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
    user_view_type: 'public',
    site_admin: false,
  } satisfies Schema<'simple-user'>;
}

/** Accounts of the local GitHub are as old as itself. */
const SINCE = '2026-01-01T00:00:00Z';

/** `public-user`: an account as everybody sees it. */
export function renderPublicUser(world: World, user: User): Schema<'public-user'> {
  const own = [...world.repositories.values()].filter(({ ownerId }) => ownerId === user.id);
  return {
    ...renderUser(world, user),
    name: user.name,
    company: null,
    blog: '',
    location: null,
    email: null,
    hireable: null,
    bio: null,
    twitter_username: null,
    public_repos: own.filter((repository) => !repository.private).length,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: SINCE,
    updated_at: SINCE,
  };
}

/** `private-user`: an account as it sees itself. */
export function renderPrivateUser(world: World, user: User): Schema<'private-user'> {
  const own = [...world.repositories.values()].filter(({ ownerId }) => ownerId === user.id);
  const hidden = own.filter((repository) => repository.private).length;
  return {
    ...renderPublicUser(world, user),
    user_view_type: 'private',
    notification_email: null,
    private_gists: 0,
    total_private_repos: hidden,
    owned_private_repos: hidden,
    disk_usage: 0,
    collaborators: 0,
    two_factor_authentication: true,
    plan: { name: 'free', space: 976_562_499, collaborators: 0, private_repos: 10_000 },
  };
}

/** `simple-user` of an account id. */
export function renderUserById(world: World, id: number): RenderedUser {
  return renderUser(world, userById(world, id));
}

/** How an author stands to a repository, in GitHub's words. */
export function authorAssociation(
  world: World,
  repository: Repository,
  userId: number,
): Schema<'author-association'> {
  if (repository.ownerId === userId) return 'OWNER';
  if (world.members.get(repository.ownerId)?.has(userId)) return 'MEMBER';
  if (repository.collaborators.has(userId)) return 'COLLABORATOR';
  const isApp = userId === ACTIONS_BOT_ID || userById(world, userId).type === 'Bot';
  const merged = [...repository.pulls.values()].some(
    (pull) => pull.merged && pull.authorId === userId,
  );
  return merged && !isApp ? 'CONTRIBUTOR' : 'NONE';
}
