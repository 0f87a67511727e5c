// Payloads of every event that the App listens to, each as small as it is still read.
import type { JsonObject } from '#model/json.ts';

const about: JsonObject = {
  repository: {
    id: 5,
    name: 'shop',
    full_name: 'acme/shop',
    default_branch: 'main',
    owner: { id: 6, login: 'acme', type: 'Organization' },
  },
  installation: { id: 3 },
  sender: { id: 1, login: 'mona', type: 'User' },
};
const issue = { id: 8, number: 4, title: 'Fix it', body: 'x', updated_at: '2026-11-22T10:00:00Z' };

const pull_request = { number: 12, merged: true, body: 'Reverts #7', base: { ref: 'main' } };
const headSha = 'a'.repeat(40);

/** Event and payload of every kind that says something; the App's own account is 99. */
export const payloads: readonly (readonly [event: string, payload: JsonObject])[] = [
  ['issues', { action: 'labeled', ...about, label: { id: 9, name: 'sallyport' }, issue }],
  ['issues', { action: 'unlabeled', ...about, label: { id: 9, name: 'sallyport' }, issue }],
  ['issues', { action: 'assigned', ...about, assignee: { id: 99 }, issue }],
  ['issues', { action: 'unassigned', ...about, assignee: { id: 99 }, issue }],
  ['issues', { action: 'closed', ...about, issue }],
  ['issues', { action: 'reopened', ...about, issue }],
  [
    'issue_comment',
    {
      action: 'created',
      ...about,
      issue,
      comment: {
        id: 21,
        node_id: 'IC_21',
        body: '/sallyport run',
        created_at: '2026-11-22T10:00:00Z',
        user: { id: 1 },
      },
    },
  ],
  ['issue_dependencies', { action: 'blocked_by_added', ...about, blocked_issue: { number: 4 } }],
  ['sub_issues', { action: 'sub_issue_added', ...about, parent_issue: { number: 4 } }],
  [
    'projects_v2_item',
    {
      action: 'edited',
      organization: { id: 6 },
      installation: { id: 3 },
      sender: { id: 1, login: 'mona', type: 'User' },
      projects_v2_item: {
        node_id: 'PVTI_1',
        content_type: 'Issue',
        updated_at: '2026-11-22T10:00:00Z',
      },
      changes: {
        field_value: {
          field_type: 'single_select',
          field_name: 'Status',
          project_number: 2,
          to: { name: 'Ready' },
        },
      },
    },
  ],
  ['pull_request', { action: 'closed', ...about, pull_request }],
  ['pull_request', { action: 'synchronize', ...about, pull_request }],
  [
    'pull_request_review',
    {
      action: 'submitted',
      ...about,
      review: {
        id: 31,
        body: 'Not so.',
        state: 'changes_requested',
        commit_id: headSha,
        user: { id: 1 },
      },
      pull_request: { number: 12 },
    },
  ],
  [
    'pull_request_review',
    { action: 'dismissed', ...about, review: { id: 31 }, pull_request: { number: 12 } },
  ],
  [
    'check_run',
    {
      action: 'completed',
      ...about,
      check_run: {
        id: 51,
        name: 'ci',
        head_sha: headSha,
        conclusion: 'failure',
        app: { id: 15368 },
      },
    },
  ],
  [
    'push',
    {
      ...about,
      ref: 'refs/heads/main',
      before: 'b'.repeat(40),
      after: headSha,
      deleted: false,
      commits: [{ message: 'x', added: [], modified: [], removed: [] }],
    },
  ],
  [
    'workflow_job',
    {
      action: 'completed',
      ...about,
      workflow_job: {
        run_id: 41,
        run_attempt: 1,
        name: 'agent',
        status: 'completed',
        conclusion: 'success',
      },
    },
  ],
  [
    'workflow_run',
    {
      action: 'completed',
      ...about,
      workflow_run: { id: 41, run_attempt: 1, conclusion: 'success' },
    },
  ],
  [
    'installation',
    {
      action: 'deleted',
      installation: { id: 3 },
      sender: { id: 1, login: 'mona', type: 'User' },
    },
  ],
  [
    'installation_repositories',
    {
      action: 'removed',
      installation: { id: 3 },
      sender: { id: 1, login: 'mona', type: 'User' },
      repositories_removed: [{ id: 5 }],
    },
  ],
  [
    'github_app_authorization',
    { action: 'revoked', sender: { id: 1, login: 'mona', type: 'User' } },
  ],
];
