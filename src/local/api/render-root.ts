import type { World } from '../world.ts';
import type { Schema } from './operation.ts';

/** `root`: where everything begins. The addresses are GitHub's, also of what is not built here. */
export function renderRoot(world: World): Schema<'root'> {
  const { rest, server } = world.urls;
  const search = (kind: string) => `${rest}/search/${kind}?q={query}{&page,per_page,sort,order}`;
  return {
    current_user_url: `${rest}/user`,
    current_user_authorizations_html_url: `${server}/settings/connections/applications{/client_id}`,
    authorizations_url: `${rest}/authorizations`,
    code_search_url: search('code'),
    commit_search_url: search('commits'),
    emails_url: `${rest}/user/emails`,
    emojis_url: `${rest}/emojis`,
    events_url: `${rest}/events`,
    feeds_url: `${rest}/feeds`,
    followers_url: `${rest}/user/followers`,
    following_url: `${rest}/user/following{/target}`,
    gists_url: `${rest}/gists{/gist_id}`,
    hub_url: `${rest}/hub`,
    issue_search_url: search('issues'),
    issues_url: `${rest}/issues`,
    keys_url: `${rest}/user/keys`,
    label_search_url: `${rest}/search/labels?q={query}&repository_id={repository_id}{&page,per_page}`,
    notifications_url: `${rest}/notifications`,
    organization_url: `${rest}/orgs/{org}`,
    organization_repositories_url: `${rest}/orgs/{org}/repos{?type,page,per_page,sort}`,
    organization_teams_url: `${rest}/orgs/{org}/teams`,
    public_gists_url: `${rest}/gists/public`,
    rate_limit_url: `${rest}/rate_limit`,
    repository_url: `${rest}/repos/{owner}/{repo}`,
    repository_search_url: search('repositories'),
    current_user_repositories_url: `${rest}/user/repos{?type,page,per_page,sort}`,
    starred_url: `${rest}/user/starred{/owner}{/repo}`,
    starred_gists_url: `${rest}/gists/starred`,
    topic_search_url: `${rest}/search/topics?q={query}{&page,per_page}`,
    user_url: `${rest}/users/{user}`,
    user_organizations_url: `${rest}/user/orgs`,
    user_repositories_url: `${rest}/users/{user}/repos{?type,page,per_page,sort}`,
    user_search_url: search('users'),
  };
}
