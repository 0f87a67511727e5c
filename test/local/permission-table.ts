/** What one operation asks of an installation token, or who else may call it. */
export interface PermissionRow {
  readonly operation: string;
  /** Method and path as documented. */
  readonly call: string;
  /** `name:level`, any one of them; or the kind of credential. */
  readonly access:
    | readonly string[]
    | 'app-jwt'
    | 'client'
    | 'installation'
    | 'user'
    | 'via'
    | 'anyone';
}

/**
 * The operations that the product and its clients use, with their permissions by GitHub's public
 * documentation (API version 2026-03-10).
 */
export const PERMISSION_ROWS: readonly PermissionRow[] = (
  [
    ['apps/get-authenticated', 'GET /app', 'app-jwt'],
    ['apps/list-installations', 'GET /app/installations', 'app-jwt'],
    ['apps/get-installation', 'GET /app/installations/{installation_id}', 'app-jwt'],
    [
      'apps/create-installation-access-token',
      'POST /app/installations/{installation_id}/access_tokens',
      'app-jwt',
    ],
    ['apps/get-webhook-config-for-app', 'GET /app/hook/config', 'app-jwt'],
    ['apps/update-webhook-config-for-app', 'PATCH /app/hook/config', 'app-jwt'],
    ['apps/list-webhook-deliveries', 'GET /app/hook/deliveries', 'app-jwt'],
    ['apps/get-webhook-delivery', 'GET /app/hook/deliveries/{delivery_id}', 'app-jwt'],
    [
      'apps/redeliver-webhook-delivery',
      'POST /app/hook/deliveries/{delivery_id}/attempts',
      'app-jwt',
    ],
    ['apps/get-repo-installation', 'GET R/installation', 'app-jwt'],
    [
      'apps/list-repos-accessible-to-installation',
      'GET /installation/repositories',
      'installation',
    ],
    ['apps/revoke-installation-access-token', 'DELETE /installation/token', 'installation'],
    ['apps/create-from-manifest', 'POST /app-manifests/{code}/conversions', 'anyone'],
    ['apps/check-token', 'POST /applications/{client_id}/token', 'client'],
    ['apps/delete-token', 'DELETE /applications/{client_id}/token', 'client'],
    ['apps/scope-token', 'POST /applications/{client_id}/token/scoped', 'client'],
    ['apps/delete-authorization', 'DELETE /applications/{client_id}/grant', 'client'],
    ['apps/list-installations-for-authenticated-user', 'GET /user/installations', 'via'],
    ['users/get-authenticated', 'GET /user', 'user'],
    ['users/get-by-username', 'GET /users/{username}', 'anyone'],
    ['rate-limit/get', 'GET /rate_limit', 'anyone'],
    ['meta/get', 'GET /meta', 'anyone'],
    ['repos/get', 'GET R', 'metadata:read'],
    [
      'repos/get-collaborator-permission-level',
      'GET R/collaborators/{username}/permission',
      'metadata:read',
    ],
    ['repos/check-collaborator', 'GET R/collaborators/{username}', 'metadata:read'],
    ['repos/get-branch-rules', 'GET R/rules/branches/{branch}', 'metadata:read'],
    ['repos/get-repo-rulesets', 'GET R/rulesets', 'metadata:read'],
    ['repos/get-repo-ruleset', 'GET R/rulesets/{ruleset_id}', 'metadata:read'],
    ['repos/list-branches', 'GET R/branches', 'contents:read'],
    ['repos/get-branch', 'GET R/branches/{branch}', 'contents:read'],
    ['repos/get-content', 'GET R/contents/{path}', 'contents:read'],
    ['repos/compare-commits-with-basehead', 'GET R/compare/{basehead}', 'contents:read'],
    ['repos/list-commits', 'GET R/commits', 'contents:read'],
    ['repos/get-commit', 'GET R/commits/{ref}', 'contents:read'],
    ['repos/download-tarball-archive', 'GET R/tarball/{ref}', 'contents:read'],
    ['repos/get-branch-protection', 'GET R/branches/{branch}/protection', 'administration:read'],
    [
      'repos/update-branch-protection',
      'PUT R/branches/{branch}/protection',
      'administration:write',
    ],
    ['repos/create-repo-ruleset', 'POST R/rulesets', 'administration:write'],
    ['repos/create-or-update-file-contents', 'PUT R/contents/{path}', 'contents:write'],
    ['repos/delete-file', 'DELETE R/contents/{path}', 'contents:write'],
    ['repos/create-dispatch-event', 'POST R/dispatches', 'contents:write'],
    ['repos/merge', 'POST R/merges', 'contents:write'],
    ['repos/get-combined-status-for-ref', 'GET R/commits/{ref}/status', 'statuses:read'],
    ['repos/create-commit-status', 'POST R/statuses/{sha}', 'statuses:write'],
    ['git/create-blob', 'POST R/git/blobs', 'contents:write'],
    ['git/create-tree', 'POST R/git/trees', 'contents:write'],
    ['git/create-commit', 'POST R/git/commits', 'contents:write'],
    ['git/create-ref', 'POST R/git/refs', 'contents:write'],
    ['git/update-ref', 'PATCH R/git/refs/{ref}', 'contents:write'],
    ['git/delete-ref', 'DELETE R/git/refs/{ref}', 'contents:write'],
    ['git/get-blob', 'GET R/git/blobs/{file_sha}', 'contents:read'],
    ['git/get-tree', 'GET R/git/trees/{tree_sha}', 'contents:read'],
    ['git/get-commit', 'GET R/git/commits/{commit_sha}', 'contents:read'],
    ['git/get-ref', 'GET R/git/ref/{ref}', 'contents:read'],
    ['git/list-matching-refs', 'GET R/git/matching-refs/{ref}', 'contents:read'],
    ['issues/list-for-repo', 'GET R/issues', 'issues:read'],
    ['issues/get', 'GET R/issues/{issue_number}', 'issues:read'],
    ['issues/create', 'POST R/issues', 'issues:write'],
    ['issues/update', 'PATCH R/issues/{issue_number}', 'issues:write pull_requests:write'],
    [
      'issues/add-assignees',
      'POST R/issues/{issue_number}/assignees',
      'issues:write pull_requests:write',
    ],
    [
      'issues/list-events-for-timeline',
      'GET R/issues/{issue_number}/timeline',
      'issues:read pull_requests:read',
    ],
    ['issues/list-events', 'GET R/issues/{issue_number}/events', 'issues:read pull_requests:read'],
    [
      'issues/list-labels-on-issue',
      'GET R/issues/{issue_number}/labels',
      'issues:read pull_requests:read',
    ],
    ['issues/list-labels-for-repo', 'GET R/labels', 'issues:read pull_requests:read'],
    ['issues/get-label', 'GET R/labels/{name}', 'issues:read pull_requests:read'],
    [
      'issues/add-labels',
      'POST R/issues/{issue_number}/labels',
      'issues:write pull_requests:write',
    ],
    ['issues/set-labels', 'PUT R/issues/{issue_number}/labels', 'issues:write pull_requests:write'],
    [
      'issues/remove-label',
      'DELETE R/issues/{issue_number}/labels/{name}',
      'issues:write pull_requests:write',
    ],
    ['issues/create-label', 'POST R/labels', 'issues:write pull_requests:write'],
    [
      'issues/list-comments',
      'GET R/issues/{issue_number}/comments',
      'issues:read pull_requests:read',
    ],
    ['issues/get-comment', 'GET R/issues/comments/{comment_id}', 'issues:read pull_requests:read'],
    [
      'issues/create-comment',
      'POST R/issues/{issue_number}/comments',
      'issues:write pull_requests:write',
    ],
    [
      'issues/update-comment',
      'PATCH R/issues/comments/{comment_id}',
      'issues:write pull_requests:write',
    ],
    [
      'issues/delete-comment',
      'DELETE R/issues/comments/{comment_id}',
      'issues:write pull_requests:write',
    ],
    ['reactions/list-for-issue', 'GET R/issues/{issue_number}/reactions', 'issues:read'],
    ['reactions/create-for-issue', 'POST R/issues/{issue_number}/reactions', 'issues:write'],
    [
      'reactions/delete-for-issue',
      'DELETE R/issues/{issue_number}/reactions/{reaction_id}',
      'issues:write',
    ],
    [
      'reactions/create-for-issue-comment',
      'POST R/issues/comments/{comment_id}/reactions',
      'issues:write',
    ],
    [
      'reactions/create-for-pull-request-review-comment',
      'POST R/pulls/comments/{comment_id}/reactions',
      'pull_requests:write',
    ],
    ['issues/list-sub-issues', 'GET R/issues/{issue_number}/sub_issues', 'issues:read'],
    ['issues/get-parent', 'GET R/issues/{issue_number}/parent', 'issues:read'],
    ['issues/add-sub-issue', 'POST R/issues/{issue_number}/sub_issues', 'issues:write'],
    ['issues/remove-sub-issue', 'DELETE R/issues/{issue_number}/sub_issue', 'issues:write'],
    [
      'issues/reprioritize-sub-issue',
      'PATCH R/issues/{issue_number}/sub_issues/priority',
      'issues:write',
    ],
    [
      'issues/list-dependencies-blocked-by',
      'GET R/issues/{issue_number}/dependencies/blocked_by',
      'issues:read',
    ],
    [
      'issues/list-dependencies-blocking',
      'GET R/issues/{issue_number}/dependencies/blocking',
      'issues:read',
    ],
    [
      'issues/add-blocked-by-dependency',
      'POST R/issues/{issue_number}/dependencies/blocked_by',
      'issues:write',
    ],
    [
      'issues/remove-dependency-blocked-by',
      'DELETE R/issues/{issue_number}/dependencies/blocked_by/{issue_id}',
      'issues:write',
    ],
    ['pulls/list', 'GET R/pulls', 'pull_requests:read'],
    ['pulls/get', 'GET R/pulls/{pull_number}', 'pull_requests:read'],
    ['pulls/list-files', 'GET R/pulls/{pull_number}/files', 'pull_requests:read'],
    ['pulls/list-commits', 'GET R/pulls/{pull_number}/commits', 'pull_requests:read'],
    ['pulls/check-if-merged', 'GET R/pulls/{pull_number}/merge', 'pull_requests:read'],
    [
      'repos/list-pull-requests-associated-with-commit',
      'GET R/commits/{commit_sha}/pulls',
      'pull_requests:read',
    ],
    ['pulls/create', 'POST R/pulls', 'pull_requests:write'],
    ['pulls/update', 'PATCH R/pulls/{pull_number}', 'pull_requests:write'],
    ['pulls/merge', 'PUT R/pulls/{pull_number}/merge', 'contents:write'],
    ['pulls/update-branch', 'PUT R/pulls/{pull_number}/update-branch', 'pull_requests:write'],
    ['pulls/list-reviews', 'GET R/pulls/{pull_number}/reviews', 'pull_requests:read'],
    ['pulls/list-review-comments', 'GET R/pulls/{pull_number}/comments', 'pull_requests:read'],
    ['pulls/create-review', 'POST R/pulls/{pull_number}/reviews', 'pull_requests:write'],
    [
      'pulls/submit-review',
      'POST R/pulls/{pull_number}/reviews/{review_id}/events',
      'pull_requests:write',
    ],
    [
      'pulls/dismiss-review',
      'PUT R/pulls/{pull_number}/reviews/{review_id}/dismissals',
      'pull_requests:write',
    ],
    ['pulls/create-review-comment', 'POST R/pulls/{pull_number}/comments', 'pull_requests:write'],
    [
      'pulls/request-reviewers',
      'POST R/pulls/{pull_number}/requested_reviewers',
      'pull_requests:write',
    ],
    [
      'pulls/create-reply-for-review-comment',
      'POST R/pulls/{pull_number}/comments/{comment_id}/replies',
      'pull_requests:write',
    ],
    ['checks/create', 'POST R/check-runs', 'checks:write'],
    ['checks/update', 'PATCH R/check-runs/{check_run_id}', 'checks:write'],
    ['checks/rerequest-run', 'POST R/check-runs/{check_run_id}/rerequest', 'checks:write'],
    ['checks/get', 'GET R/check-runs/{check_run_id}', 'checks:read'],
    ['checks/list-annotations', 'GET R/check-runs/{check_run_id}/annotations', 'checks:read'],
    ['checks/list-for-ref', 'GET R/commits/{ref}/check-runs', 'checks:read'],
    ['checks/list-suites-for-ref', 'GET R/commits/{ref}/check-suites', 'checks:read'],
    ['actions/list-repo-workflows', 'GET R/actions/workflows', 'actions:read'],
    ['actions/get-workflow', 'GET R/actions/workflows/{workflow_id}', 'actions:read'],
    ['actions/list-workflow-runs', 'GET R/actions/workflows/{workflow_id}/runs', 'actions:read'],
    ['actions/list-workflow-runs-for-repo', 'GET R/actions/runs', 'actions:read'],
    ['actions/get-workflow-run', 'GET R/actions/runs/{run_id}', 'actions:read'],
    [
      'actions/get-workflow-run-attempt',
      'GET R/actions/runs/{run_id}/attempts/{attempt_number}',
      'actions:read',
    ],
    ['actions/list-jobs-for-workflow-run', 'GET R/actions/runs/{run_id}/jobs', 'actions:read'],
    ['actions/get-job-for-workflow-run', 'GET R/actions/jobs/{job_id}', 'actions:read'],
    [
      'actions/download-job-logs-for-workflow-run',
      'GET R/actions/jobs/{job_id}/logs',
      'actions:read',
    ],
    ['actions/download-workflow-run-logs', 'GET R/actions/runs/{run_id}/logs', 'actions:read'],
    [
      'actions/get-custom-oidc-sub-claim-for-repo',
      'GET R/actions/oidc/customization/sub',
      'actions:read',
    ],
    [
      'actions/create-workflow-dispatch',
      'POST R/actions/workflows/{workflow_id}/dispatches',
      'actions:write',
    ],
    ['actions/cancel-workflow-run', 'POST R/actions/runs/{run_id}/cancel', 'actions:write'],
    [
      'actions/force-cancel-workflow-run',
      'POST R/actions/runs/{run_id}/force-cancel',
      'actions:write',
    ],
    ['actions/re-run-workflow', 'POST R/actions/runs/{run_id}/rerun', 'actions:write'],
    [
      'actions/re-run-workflow-failed-jobs',
      'POST R/actions/runs/{run_id}/rerun-failed-jobs',
      'actions:write',
    ],
    ['actions/list-repo-variables', 'GET R/actions/variables', 'actions_variables:read'],
    ['actions/get-repo-variable', 'GET R/actions/variables/{name}', 'actions_variables:read'],
    ['actions/get-repo-public-key', 'GET R/actions/secrets/public-key', 'secrets:read'],
    [
      'actions/create-or-update-repo-secret',
      'PUT R/actions/secrets/{secret_name}',
      'secrets:write',
    ],
    ['actions/list-artifacts-for-repo', 'GET R/actions/artifacts', 'actions:read'],
    [
      'actions/list-workflow-run-artifacts',
      'GET R/actions/runs/{run_id}/artifacts',
      'actions:read',
    ],
    ['actions/get-artifact', 'GET R/actions/artifacts/{artifact_id}', 'actions:read'],
    [
      'actions/download-artifact',
      'GET R/actions/artifacts/{artifact_id}/{archive_format}',
      'actions:read',
    ],
    ['actions/delete-artifact', 'DELETE R/actions/artifacts/{artifact_id}', 'actions:write'],
    ['search/issues-and-pull-requests', 'GET /search/issues', 'issues:read pull_requests:read'],
  ] as const
).map(([operation, call, access]) => ({
  operation,
  call: call.replace(' R', ' /repos/{owner}/{repo}'),
  access: isKind(access) ? access : access.split(' '),
}));

function isKind(access: string): access is 'app-jwt' | 'installation' | 'user' | 'anyone' {
  return !access.includes(':');
}
