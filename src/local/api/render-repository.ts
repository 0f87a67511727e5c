import type { Protection } from '#local/record/protection.ts';
import type { Repository } from '#local/record/repository.ts';
import type { World } from '../world.ts';
import { toNodeId } from './node-id.ts';
import type { Schema } from './operation.ts';
import { renderUserById } from './render-user.ts';
import { repositoryLinks } from './repository-links.ts';

/** Where the REST API finds a repository. */
export function repositoryUrl(world: World, repository: Repository): string {
  return `${world.urls.rest}/repos/${world.fullName(repository)}`;
}

/** Where people find it. */
export function repositoryPage(world: World, repository: Repository): string {
  return `${world.urls.server}/${world.fullName(repository)}`;
}

/** `full-repository`, enough of it for every client and for webhooks. */
export function renderRepository(world: World, repository: Repository) {
  const url = repositoryUrl(world, repository);
  const page = repositoryPage(world, repository);
  return {
    id: repository.id,
    node_id: toNodeId('Repository', repository.id),
    name: repository.name,
    full_name: world.fullName(repository),
    private: repository.private,
    visibility: repository.private ? ('private' as const) : ('public' as const),
    owner: renderUserById(world, repository.ownerId),
    html_url: page,
    description: repository.description,
    fork: false,
    url,
    ...repositoryLinks(url),
    ...renderFacts(repository),
    git_url: `${page.replace(/^http/, 'git')}.git`,
    ssh_url: `git@github.localhost:${world.fullName(repository)}.git`,
    clone_url: `${page}.git`,
    svn_url: page,
    created_at: repository.createdAt,
    updated_at: repository.createdAt,
    pushed_at: repository.createdAt,
    default_branch: repository.defaultBranch,
  } satisfies Schema<'repository'> & Schema<'full-repository'>;
}

/** `simple-repository`: what a reference to another repository shows. */
export function renderSimpleRepository(world: World, repository: Repository) {
  const url = repositoryUrl(world, repository);
  return {
    id: repository.id,
    node_id: toNodeId('Repository', repository.id),
    name: repository.name,
    full_name: world.fullName(repository),
    private: repository.private,
    owner: renderUserById(world, repository.ownerId),
    html_url: repositoryPage(world, repository),
    description: repository.description,
    fork: false,
    url,
    ...repositoryLinks(url),
  } satisfies Schema<'simple-repository'>;
}

function renderFacts(repository: Repository) {
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
    ...repository.merging,
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
): Schema<'branch-protection'> & Schema<'protected-branch'> {
  const url = `${repositoryUrl(world, repository)}/branches/${encodeURI(protection.branch)}/protection`;
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
    ...(protection.pullRequired
      ? {
          required_pull_request_reviews: {
            url: `${url}/required_pull_request_reviews`,
            dismiss_stale_reviews: protection.dismissStale,
            require_code_owner_reviews: protection.codeOwners,
            require_last_push_approval: protection.lastPushApproval,
            required_approving_review_count: protection.requiredApprovals,
          },
        }
      : {}),
    enforce_admins: { url: `${url}/enforce_admins`, enabled: protection.enforceAdmins },
    required_linear_history: { enabled: protection.linearHistory },
    required_conversation_resolution: { enabled: protection.conversationResolution },
    allow_force_pushes: { enabled: protection.allowForcePushes },
    allow_deletions: { enabled: protection.allowDeletions },
  };
}
