import type { JsonObject } from '#model/json.ts';
import type { Protection, Repository, World } from '../world.ts';
import { toNodeId } from './node-id.ts';
import { renderUserById } from './render-user.ts';

/** Where the REST API finds a repository. */
export function repositoryUrl(world: World, repository: Repository): string {
  return `${world.urls.rest}/repos/${world.fullName(repository)}`;
}

/** Where people find it. */
export function repositoryPage(world: World, repository: Repository): string {
  return `${world.urls.server}/${world.fullName(repository)}`;
}

const PATHS = {
  archive_url: '/{archive_format}{/ref}',
  assignees_url: '/assignees{/user}',
  blobs_url: '/git/blobs{/sha}',
  branches_url: '/branches{/branch}',
  collaborators_url: '/collaborators{/collaborator}',
  comments_url: '/comments{/number}',
  commits_url: '/commits{/sha}',
  compare_url: '/compare/{base}...{head}',
  contents_url: '/contents/{+path}',
  contributors_url: '/contributors',
  deployments_url: '/deployments',
  downloads_url: '/downloads',
  events_url: '/events',
  forks_url: '/forks',
  git_commits_url: '/git/commits{/sha}',
  git_refs_url: '/git/refs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  hooks_url: '/hooks',
  issue_comment_url: '/issues/comments{/number}',
  issue_events_url: '/issues/events{/number}',
  issues_url: '/issues{/number}',
  keys_url: '/keys{/key_id}',
  labels_url: '/labels{/name}',
  languages_url: '/languages',
  merges_url: '/merges',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  pulls_url: '/pulls{/number}',
  releases_url: '/releases{/id}',
  stargazers_url: '/stargazers',
  statuses_url: '/statuses/{sha}',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  tags_url: '/tags',
  teams_url: '/teams',
  trees_url: '/git/trees{/sha}',
} as const;

/** `full-repository`, enough of it for every client and for webhooks. */
export function renderRepository(world: World, repository: Repository): JsonObject {
  const url = repositoryUrl(world, repository);
  const page = repositoryPage(world, repository);
  const paths = Object.entries(PATHS).map(([name, path]) => [name, `${url}${path}`] as const);
  return {
    id: repository.id,
    node_id: toNodeId('Repository', repository.id),
    name: repository.name,
    full_name: world.fullName(repository),
    private: repository.private,
    visibility: repository.private ? 'private' : 'public',
    owner: renderUserById(world, repository.ownerId),
    html_url: page,
    description: repository.description,
    fork: false,
    url,
    ...Object.fromEntries(paths),
    ...renderFacts(repository),
    git_url: `${page.replace(/^http/, 'git')}.git`,
    ssh_url: `git@github.localhost:${world.fullName(repository)}.git`,
    clone_url: `${page}.git`,
    svn_url: page,
    created_at: repository.createdAt,
    updated_at: repository.createdAt,
    pushed_at: repository.createdAt,
    default_branch: repository.defaultBranch,
  };
}

function renderFacts(repository: Repository): JsonObject {
  const openIssues =
    [...repository.issues.values()].filter((issue) => issue.state === 'open').length +
    [...repository.pulls.values()].filter((pull) => pull.state === 'open').length;
  return {
    homepage: null,
    language: null,
    license: null,
    mirror_url: null,
    archived: false,
    disabled: false,
    is_template: false,
    has_issues: true,
    has_projects: false,
    has_wiki: false,
    has_pages: false,
    has_downloads: false,
    has_discussions: false,
    allow_forking: true,
    web_commit_signoff_required: false,
    allow_merge_commit: true,
    allow_squash_merge: true,
    allow_rebase_merge: true,
    delete_branch_on_merge: false,
    topics: [],
    size: 0,
    stargazers_count: 0,
    watchers_count: 0,
    watchers: 0,
    forks_count: 0,
    forks: 0,
    network_count: 0,
    subscribers_count: 0,
    open_issues_count: openIssues,
    open_issues: openIssues,
  };
}

/** `branch-protection`, of the rules the local GitHub knows. */
export function renderProtection(
  world: World,
  repository: Repository,
  protection: Protection,
): JsonObject {
  const url = `${repositoryUrl(world, repository)}/branches/${protection.branch}/protection`;
  return {
    url,
    required_status_checks: {
      url: `${url}/required_status_checks`,
      strict: protection.strict,
      contexts: protection.requiredChecks.map((check) => check.context),
      contexts_url: `${url}/required_status_checks/contexts`,
      checks: protection.requiredChecks.map((check) => ({
        context: check.context,
        app_id: check.appId,
      })),
    },
    ...(protection.requiredApprovals > 0
      ? {
          required_pull_request_reviews: {
            url: `${url}/required_pull_request_reviews`,
            dismiss_stale_reviews: false,
            require_code_owner_reviews: false,
            require_last_push_approval: false,
            required_approving_review_count: protection.requiredApprovals,
          },
        }
      : {}),
    enforce_admins: { url: `${url}/enforce_admins`, enabled: true },
    allow_force_pushes: { enabled: false },
    allow_deletions: { enabled: false },
  };
}
