import { issueTextSha256 } from '#model/signal.ts';
import type { Facts, LiveIssue } from '#policy/facts.ts';
import { parsePolicy } from '#policy/parse-policy.ts';
import { idle, policyText, repository } from '../dispatch/a-ruling.ts';

/** An issue that may be worked on. */
export const issue: LiveIssue = {
  id: 1004,
  number: 4,
  title: 'Fix the total',
  body: 'It is wrong.',
  state: 'OPEN',
  lastEditedAt: null,
  updatedAt: '2026-11-22T09:59:00Z',
  author: { id: 2, login: 'octo' },
  association: 'NONE',
  labels: ['bug', 'sallyport'],
  comments: [],
  commentCount: 0,
  subIssueCount: 0,
};
/** One look in which nothing stands against it. */
export const view = {
  repository,
  baseRef: 'refs/heads/main',
  baseSha: 'a'.repeat(40),
  policyText,
  organization: { kind: 'absent' as const },
  issue,
};
/** Facts that every rule passes. */
export const facts: Facts = {
  repository,
  view,
  policy: parsePolicy(policyText),
  organization: { isRequired: false, knownAt: null, policy: null },
  cause: { kind: 'label', label: 'sallyport' },
  causeStands: true,
  requester: { id: 1, login: 'mona', type: 'User' },
  botUserId: 99,
  role: 'write',
  authorizedAt: '2026-11-22T10:00:00Z',
  textSha256: issueTextSha256(issue.title, issue.body),
  openRun: null,
  pauses: [],
  load: idle,
  installationLimits: { parallel: 20, runsPerDay: 500 },
  blockers: [],
  chain: null,
  attempt: null,
  isRelease: false,
};
