import type { Seed } from '#local/seed/seed.ts';

/** What is there when nobody brings a seed: one organization, one repository, three people, an App. */
export const defaultWorld: Seed = {
  users: [
    { login: 'maintainer', name: 'Mara Maintainer', as: 'maintainer' },
    { login: 'reviewer', name: 'René Reviewer', as: 'reviewer' },
    { login: 'requester', name: 'Quinn Requester', as: 'requester' },
  ],
  organizations: [{ login: 'acme', name: 'Acme', members: { maintainer: 'admin' } }],
  repositories: [
    {
      owner: 'acme',
      name: 'widgets',
      description: 'Widgets, and how many of them there are',
      source: {
        kind: 'files',
        files: {
          'README.md': { content: '# Widgets\n\nCounts widgets.\n' },
          'count.mjs': {
            content: 'export function count(widgets) {\n  return widgets.length + 1;\n}\n',
          },
          '.github/workflows/ci.yml': {
            content:
              'name: ci\non: [push, pull_request, workflow_dispatch]\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - run: node --check count.mjs\n',
          },
        },
      },
      commit: { message: 'feat: count widgets', author: 'maintainer' },
      collaborators: { maintainer: 'maintain', reviewer: 'write', requester: 'read' },
      labels: [
        { name: 'bug', color: 'd73a4a', description: 'Something is not working' },
        { name: 'documentation', color: '0075ca', description: 'What people read' },
        { name: 'enhancement', color: 'a2eeef', description: 'Something new' },
      ],
      issues: [
        {
          title: 'The count is one too high',
          body: 'Two widgets are counted as three.',
          author: 'requester',
          labels: ['bug'],
        },
        {
          title: 'Say what a widget is',
          body: 'The README does not tell.',
          author: 'requester',
          labels: ['documentation'],
        },
        {
          title: 'Count widgets by color',
          body: 'Once the count is right.',
          author: 'reviewer',
          labels: ['enhancement'],
          blockedBy: [1],
        },
      ],
    },
  ],
  app: {
    slug: 'local-app',
    name: 'Local App',
    permissions: {
      actions: 'write',
      checks: 'write',
      contents: 'write',
      issues: 'write',
      pull_requests: 'write',
      statuses: 'write',
      workflows: 'write',
    },
    events: [
      'check_run',
      'check_suite',
      'issue_comment',
      'issues',
      'pull_request',
      'pull_request_review',
      'push',
      'workflow_run',
    ],
    installOn: 'acme',
  },
};
