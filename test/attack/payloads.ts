// One payload of each event that the App listens to, as small as it is still read.
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

export const payloads: Readonly<Record<string, JsonObject>> = {
  issues: { action: 'labeled', ...about, label: { id: 9, name: 'sallyport' }, issue },
  issue_comment: {
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
  pull_request: {
    action: 'closed',
    ...about,
    pull_request: { number: 12, merged: true, body: 'Reverts #7', base: { ref: 'main' } },
  },
  pull_request_review: {
    action: 'submitted',
    ...about,
    review: { id: 31 },
    pull_request: { number: 12 },
  },
  push: {
    ...about,
    ref: 'refs/heads/main',
    after: 'a'.repeat(40),
    deleted: false,
    commits: [{ message: 'x', added: [], modified: [], removed: [] }],
  },
  workflow_run: {
    action: 'completed',
    ...about,
    workflow_run: { id: 41, conclusion: 'success' },
  },
  installation: {
    action: 'deleted',
    installation: { id: 3 },
    sender: { id: 1, login: 'mona', type: 'User' },
  },
};
