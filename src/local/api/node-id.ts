/** The letters before the underscore of a GraphQL node id, by type. */
const PREFIXES = {
  App: 'A',
  Artifact: 'ART',
  Bot: 'BOT',
  BranchProtectionRule: 'BPR',
  CheckRun: 'CR',
  CheckSuite: 'CS',
  Commit: 'C',
  Deployment: 'DE',
  Environment: 'EN',
  Installation: 'INST',
  Issue: 'I',
  IssueComment: 'IC',
  Label: 'LA',
  MergeQueue: 'MQ',
  MergeQueueEntry: 'MQE',
  Organization: 'O',
  ProjectV2: 'PVT',
  ProjectV2Item: 'PVTI',
  ProjectV2SingleSelectField: 'PVTSSF',
  PullRequest: 'PR',
  PullRequestReview: 'PRR',
  PullRequestReviewComment: 'PRRC',
  PullRequestReviewThread: 'PRRT',
  Repository: 'R',
  RepositoryRuleset: 'RRS',
  StatusContext: 'SC',
  Team: 'T',
  User: 'U',
  Workflow: 'W',
  WorkflowRun: 'WFR',
} as const;

export type NodeType = keyof typeof PREFIXES;

/** The opaque id of one thing. Database ids are unique over the whole local GitHub. */
export function toNodeId(type: NodeType, id: number | string): string {
  return `${PREFIXES[type]}_${Buffer.from(`local:${id}`).toString('base64url')}`;
}

/** The type and database id behind a node id; undefined when it is not one of ours. */
export function parseNodeId(
  text: string,
): { readonly type: NodeType; readonly id: string } | undefined {
  const [, prefix = '', rest = ''] = /^([A-Z]+)_([\w-]{1,200})$/.exec(text) ?? [];
  const type = (Object.keys(PREFIXES) as NodeType[]).find((each) => PREFIXES[each] === prefix);
  const decoded = Buffer.from(rest, 'base64url').toString('utf8');
  if (!type || !decoded.startsWith('local:')) return undefined;
  return { type, id: decoded.slice('local:'.length) };
}
