import type { Operation } from './operation.ts';

type Anchors = { readonly [O in Operation]?: string };

/** Where GitHub documents each operation: page → operation → heading, below `docs.github.com/rest`. */
const PAGES: Readonly<Record<string, Anchors>> = {
  'actions/artifacts': {
    'actions/delete-artifact': 'delete-an-artifact',
    'actions/download-artifact': 'download-an-artifact',
    'actions/get-artifact': 'get-an-artifact',
    'actions/list-artifacts-for-repo': 'list-artifacts-for-a-repository',
    'actions/list-workflow-run-artifacts': 'list-workflow-run-artifacts',
  },
  'actions/oidc': {
    'actions/get-custom-oidc-sub-claim-for-repo':
      'get-the-customization-template-for-an-oidc-subject-claim-for-a-repository',
  },
  'actions/secrets': {
    'actions/create-or-update-environment-secret': 'create-or-update-an-environment-secret',
    'actions/create-or-update-repo-secret': 'create-or-update-a-repository-secret',
    'actions/delete-repo-secret': 'delete-a-repository-secret',
    'actions/get-environment-public-key': 'get-an-environment-public-key',
    'actions/get-repo-public-key': 'get-a-repository-public-key',
    'actions/get-repo-secret': 'get-a-repository-secret',
    'actions/list-repo-secrets': 'list-repository-secrets',
  },
  'actions/variables': {
    'actions/create-environment-variable': 'create-an-environment-variable',
    'actions/create-repo-variable': 'create-a-repository-variable',
    'actions/delete-repo-variable': 'delete-a-repository-variable',
    'actions/get-environment-variable': 'get-an-environment-variable',
    'actions/get-repo-variable': 'get-a-repository-variable',
    'actions/list-environment-variables': 'list-environment-variables',
    'actions/list-repo-variables': 'list-repository-variables',
    'actions/update-repo-variable': 'update-a-repository-variable',
  },
  'actions/workflow-jobs': {
    'actions/download-job-logs-for-workflow-run': 'download-job-logs-for-a-workflow-run',
    'actions/get-job-for-workflow-run': 'get-a-job-for-a-workflow-run',
    'actions/list-jobs-for-workflow-run': 'list-jobs-for-a-workflow-run',
    'actions/list-jobs-for-workflow-run-attempt': 'list-jobs-for-a-workflow-run-attempt',
  },
  'actions/workflow-runs': {
    'actions/approve-workflow-run': 'approve-a-workflow-run-for-a-fork-pull-request',
    'actions/cancel-workflow-run': 'cancel-a-workflow-run',
    'actions/delete-workflow-run': 'delete-a-workflow-run',
    'actions/delete-workflow-run-logs': 'delete-workflow-run-logs',
    'actions/download-workflow-run-attempt-logs': 'download-workflow-run-attempt-logs',
    'actions/download-workflow-run-logs': 'download-workflow-run-logs',
    'actions/force-cancel-workflow-run': 'force-cancel-a-workflow-run',
    'actions/get-pending-deployments-for-run': 'get-pending-deployments-for-a-workflow-run',
    'actions/get-workflow-run': 'get-a-workflow-run',
    'actions/get-workflow-run-attempt': 'get-a-workflow-run-attempt',
    'actions/list-workflow-runs': 'list-workflow-runs-for-a-workflow',
    'actions/list-workflow-runs-for-repo': 'list-workflow-runs-for-a-repository',
    'actions/re-run-job-for-workflow-run': 're-run-a-job-from-a-workflow-run',
    'actions/re-run-workflow': 're-run-a-workflow',
    'actions/re-run-workflow-failed-jobs': 're-run-failed-jobs-from-a-workflow-run',
    'actions/review-pending-deployments-for-run': 'review-pending-deployments-for-a-workflow-run',
  },
  'actions/workflows': {
    'actions/create-workflow-dispatch': 'create-a-workflow-dispatch-event',
    'actions/disable-workflow': 'disable-a-workflow',
    'actions/enable-workflow': 'enable-a-workflow',
    'actions/get-workflow': 'get-a-workflow',
    'actions/list-repo-workflows': 'list-repository-workflows',
  },
  'apps/apps': {
    'apps/create-from-manifest': 'create-a-github-app-from-a-manifest',
    'apps/create-installation-access-token': 'create-an-installation-access-token-for-an-app',
    'apps/delete-installation': 'delete-an-installation-for-the-authenticated-app',
    'apps/get-authenticated': 'get-the-authenticated-app',
    'apps/get-by-slug': 'get-an-app',
    'apps/get-installation': 'get-an-installation-for-the-authenticated-app',
    'apps/get-org-installation': 'get-an-organization-installation-for-the-authenticated-app',
    'apps/get-repo-installation': 'get-a-repository-installation-for-the-authenticated-app',
    'apps/get-user-installation': 'get-a-user-installation-for-the-authenticated-app',
    'apps/suspend-installation': 'suspend-an-app-installation',
    'apps/unsuspend-installation': 'unsuspend-an-app-installation',
  },
  'apps/installations': {
    'apps/list-installations-for-authenticated-user':
      'list-app-installations-accessible-to-the-user-access-token',
    'apps/list-repos-accessible-to-installation':
      'list-repositories-accessible-to-the-app-installation',
    'apps/revoke-installation-access-token': 'revoke-an-installation-access-token',
  },
  'apps/oauth-applications': {
    'apps/check-token': 'check-a-token',
    'apps/delete-authorization': 'delete-an-app-authorization',
    'apps/delete-token': 'delete-an-app-token',
    'apps/scope-token': 'create-a-scoped-access-token',
  },
  'apps/webhooks': {
    'apps/get-webhook-config-for-app': 'get-a-webhook-configuration-for-an-app',
    'apps/get-webhook-delivery': 'get-a-delivery-for-an-app-webhook',
    'apps/list-webhook-deliveries': 'list-deliveries-for-an-app-webhook',
    'apps/redeliver-webhook-delivery': 'redeliver-a-delivery-for-an-app-webhook',
    'apps/update-webhook-config-for-app': 'update-a-webhook-configuration-for-an-app',
  },
  'branches/branch-protection': {
    'repos/delete-branch-protection': 'delete-branch-protection',
    'repos/get-branch-protection': 'get-branch-protection',
    'repos/update-branch-protection': 'update-branch-protection',
  },
  'branches/branches': {
    'repos/get-branch': 'get-a-branch',
    'repos/list-branches': 'list-branches',
    'repos/merge': 'merge-a-branch',
  },
  'checks/runs': {
    'checks/get': 'get-a-check-run',
    'checks/list-annotations': 'list-check-run-annotations',
    'checks/list-for-ref': 'list-check-runs-for-a-git-reference',
    'checks/list-for-suite': 'list-check-runs-in-a-check-suite',
    'checks/rerequest-run': 'rerequest-a-check-run',
    'checks/update': 'update-a-check-run',
  },
  'checks/suites': {
    'checks/create-suite': 'create-a-check-suite',
    'checks/get-suite': 'get-a-check-suite',
    'checks/list-suites-for-ref': 'list-check-suites-for-a-git-reference',
    'checks/rerequest-suite': 'rerequest-a-check-suite',
  },
  'collaborators/collaborators': {
    'repos/check-collaborator': 'check-if-a-user-is-a-repository-collaborator',
    'repos/get-collaborator-permission-level': 'get-repository-permissions-for-a-user',
    'repos/list-collaborators': 'list-repository-collaborators',
  },
  'commits/commits': {
    'repos/compare-commits-with-basehead': 'compare-two-commits',
    'repos/get-commit': 'get-a-commit',
    'repos/list-branches-for-head-commit': 'list-branches-for-head-commit',
    'repos/list-commits': 'list-commits',
    'repos/list-pull-requests-associated-with-commit':
      'list-pull-requests-associated-with-a-commit',
  },
  'commits/statuses': {
    'repos/create-commit-status': 'create-a-commit-status',
    'repos/get-combined-status-for-ref': 'get-the-combined-status-for-a-specific-reference',
    'repos/list-commit-statuses-for-ref': 'list-commit-statuses-for-a-reference',
  },
  'deployments/environments': {
    'repos/create-or-update-environment': 'create-or-update-an-environment',
    'repos/get-all-environments': 'list-environments',
    'repos/get-environment': 'get-an-environment',
  },
  'git/blobs': {
    'git/create-blob': 'create-a-blob',
    'git/get-blob': 'get-a-blob',
  },
  'git/commits': {
    'git/create-commit': 'create-a-commit',
    'git/get-commit': 'get-a-commit-object',
  },
  'git/refs': {
    'git/create-ref': 'create-a-reference',
    'git/delete-ref': 'delete-a-reference',
    'git/get-ref': 'get-a-reference',
    'git/list-matching-refs': 'list-matching-references',
    'git/update-ref': 'update-a-reference',
  },
  'git/tags': {
    'git/create-tag': 'create-a-tag-object',
    'git/get-tag': 'get-a-tag',
  },
  'git/trees': {
    'git/create-tree': 'create-a-tree',
    'git/get-tree': 'get-a-tree',
  },
  'https://docs.github.com/enterprise-server@3.9/rest/apps/apps': {
    'apps/list-installations': 'list-installations-for-the-authenticated-app',
  },
  'issues/assignees': {
    'issues/add-assignees': 'add-assignees-to-an-issue',
    'issues/list-assignees': 'list-assignees',
  },
  'issues/comments': {
    'issues/create-comment': 'create-an-issue-comment',
    'issues/delete-comment': 'delete-an-issue-comment',
    'issues/get-comment': 'get-an-issue-comment',
    'issues/list-comments': 'list-issue-comments',
    'issues/list-comments-for-repo': 'list-issue-comments-for-a-repository',
    'issues/update-comment': 'update-an-issue-comment',
  },
  'issues/events': {
    'issues/get-event': 'get-an-issue-event',
    'issues/list-events': 'list-issue-events',
    'issues/list-events-for-repo': 'list-issue-events-for-a-repository',
  },
  'issues/issue-dependencies': {
    'issues/add-blocked-by-dependency': 'add-a-dependency-an-issue-is-blocked-by',
    'issues/list-dependencies-blocked-by': 'list-dependencies-an-issue-is-blocked-by',
    'issues/list-dependencies-blocking': 'list-dependencies-an-issue-is-blocking',
    'issues/remove-dependency-blocked-by': 'remove-dependency-an-issue-is-blocked-by',
  },
  'issues/issues': {
    'issues/create': 'create-an-issue',
    'issues/get': 'get-an-issue',
    'issues/list-for-authenticated-user':
      'list-user-account-issues-assigned-to-the-authenticated-user',
    'issues/list-for-repo': 'list-repository-issues',
    'issues/lock': 'lock-an-issue',
    'issues/unlock': 'unlock-an-issue',
    'issues/update': 'update-an-issue',
  },
  'issues/labels': {
    'issues/add-labels': 'add-labels-to-an-issue',
    'issues/create-label': 'create-a-label',
    'issues/delete-label': 'delete-a-label',
    'issues/get-label': 'get-a-label',
    'issues/list-labels-for-repo': 'list-labels-for-a-repository',
    'issues/list-labels-on-issue': 'list-labels-for-an-issue',
    'issues/remove-all-labels': 'remove-all-labels-from-an-issue',
    'issues/remove-label': 'remove-a-label-from-an-issue',
    'issues/set-labels': 'set-labels-for-an-issue',
    'issues/update-label': 'update-a-label',
  },
  'issues/sub-issues': {
    'issues/add-sub-issue': 'add-sub-issue',
    'issues/get-parent': 'get-parent-issue',
    'issues/list-sub-issues': 'list-sub-issues',
    'issues/remove-sub-issue': 'remove-sub-issue',
    'issues/reprioritize-sub-issue': 'reprioritize-sub-issue',
  },
  'issues/timeline': {
    'issues/list-events-for-timeline': 'list-timeline-events-for-an-issue',
  },
  'meta/meta': {
    'meta/get': 'get-apiname-meta-information',
    'meta/root': 'github-api-root',
  },
  'orgs/members': {
    'orgs/get-membership-for-user': 'get-organization-membership-for-a-user',
    'orgs/list-members': 'list-organization-members',
  },
  'orgs/orgs': {
    'orgs/get': 'get-an-organization',
  },
  'pulls/comments': {
    'pulls/create-reply-for-review-comment': 'create-a-reply-for-a-review-comment',
    'pulls/create-review-comment': 'create-a-review-comment-for-a-pull-request',
    'pulls/delete-review-comment': 'delete-a-review-comment-for-a-pull-request',
    'pulls/get-review-comment': 'get-a-review-comment-for-a-pull-request',
    'pulls/list-review-comments': 'list-review-comments-on-a-pull-request',
    'pulls/list-review-comments-for-repo': 'list-review-comments-in-a-repository',
    'pulls/update-review-comment': 'update-a-review-comment-for-a-pull-request',
  },
  'pulls/pulls': {
    'pulls/check-if-merged': 'check-if-a-pull-request-has-been-merged',
    'pulls/create': 'create-a-pull-request',
    'pulls/get': 'get-a-pull-request',
    'pulls/list': 'list-pull-requests',
    'pulls/list-commits': 'list-commits-on-a-pull-request',
    'pulls/list-files': 'list-pull-requests-files',
    'pulls/merge': 'merge-a-pull-request',
    'pulls/update': 'update-a-pull-request',
    'pulls/update-branch': 'update-a-pull-request-branch',
  },
  'pulls/review-requests': {
    'pulls/list-requested-reviewers': 'get-all-requested-reviewers-for-a-pull-request',
    'pulls/remove-requested-reviewers': 'remove-requested-reviewers-from-a-pull-request',
  },
  'pulls/reviews': {
    'pulls/create-review': 'create-a-review-for-a-pull-request',
    'pulls/delete-pending-review': 'delete-a-pending-review-for-a-pull-request',
    'pulls/dismiss-review': 'dismiss-a-review-for-a-pull-request',
    'pulls/get-review': 'get-a-review-for-a-pull-request',
    'pulls/list-comments-for-review': 'list-comments-for-a-pull-request-review',
    'pulls/list-reviews': 'list-reviews-for-a-pull-request',
    'pulls/submit-review': 'submit-a-review-for-a-pull-request',
    'pulls/update-review': 'update-a-review-for-a-pull-request',
  },
  'rate-limit/rate-limit': {
    'rate-limit/get': 'get-rate-limit-status-for-the-authenticated-user',
  },
  'reactions/reactions': {
    'reactions/create-for-issue': 'create-reaction-for-an-issue',
    'reactions/create-for-issue-comment': 'create-reaction-for-an-issue-comment',
    'reactions/create-for-pull-request-review-comment':
      'create-reaction-for-a-pull-request-review-comment',
    'reactions/delete-for-issue': 'delete-an-issue-reaction',
    'reactions/delete-for-issue-comment': 'delete-an-issue-comment-reaction',
    'reactions/delete-for-pull-request-comment': 'delete-a-pull-request-comment-reaction',
    'reactions/list-for-issue': 'list-reactions-for-an-issue',
    'reactions/list-for-issue-comment': 'list-reactions-for-an-issue-comment',
    'reactions/list-for-pull-request-review-comment':
      'list-reactions-for-a-pull-request-review-comment',
  },
  'reference/checks': {
    'checks/create': 'create-a-check-run',
  },
  'reference/issues': {
    'issues/remove-assignees': 'remove-assignees-from-an-issue',
  },
  'reference/pulls': {
    'pulls/request-reviewers': 'request-reviewers-for-a-pull-request',
  },
  'repos/contents': {
    'repos/create-or-update-file-contents': 'create-or-update-file-contents',
    'repos/delete-file': 'delete-a-file',
    'repos/download-tarball-archive': 'download-a-repository-archive-tar',
    'repos/download-zipball-archive': 'download-a-repository-archive-zip',
    'repos/get-content': 'get-repository-content',
    'repos/get-readme': 'get-a-repository-readme',
  },
  'repos/repos': {
    'repos/create-dispatch-event': 'create-a-repository-dispatch-event',
    'repos/get': 'get-a-repository',
    'repos/list-for-authenticated-user': 'list-repositories-for-the-authenticated-user',
    'repos/list-for-org': 'list-organization-repositories',
    'repos/list-for-user': 'list-repositories-for-a-user',
    'repos/list-tags': 'list-repository-tags',
    'repos/update': 'update-a-repository',
  },
  'repos/rules': {
    'repos/create-repo-ruleset': 'create-a-repository-ruleset',
    'repos/delete-repo-ruleset': 'delete-a-repository-ruleset',
    'repos/get-branch-rules': 'get-rules-for-a-branch',
    'repos/get-repo-ruleset': 'get-a-repository-ruleset',
    'repos/get-repo-rulesets': 'get-all-repository-rulesets',
    'repos/update-repo-ruleset': 'update-a-repository-ruleset',
  },
  'search/search': {
    'search/issues-and-pull-requests': 'search-issues-and-pull-requests',
  },
  'teams/teams': {
    'teams/list': 'list-teams',
  },
  'users/users': {
    'users/get-authenticated': 'get-the-authenticated-user',
    'users/get-by-username': 'get-a-user',
    'users/list': 'list-users',
  },
};

/** The address of the whole REST documentation: for what belongs to no operation. */
export const REST_DOCUMENTATION = 'https://docs.github.com/rest';

const URLS: ReadonlyMap<string, string> = new Map(
  Object.entries(PAGES).flatMap(([page, anchors]) =>
    Object.entries(anchors).map(
      ([operation, anchor]) => [operation, `${REST_DOCUMENTATION}/${page}#${anchor}`] as const,
    ),
  ),
);

/** What `documentation_url` says in an error of this operation. */
export function documentationUrl(operation: string | undefined): string {
  return URLS.get(operation ?? '') ?? REST_DOCUMENTATION;
}
