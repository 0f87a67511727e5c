/** What GitHub calls the thing that an operation writes, by the operation's id; the first match counts. */
const RESOURCES: readonly (readonly [RegExp, string])[] = [
  [/^issues\/.*comment/, 'IssueComment'],
  [/^issues\/(create|update|delete|get)-label/, 'Label'],
  [/^issues\//, 'Issue'],
  [/^reactions\//, 'Reaction'],
  [/^search\//, 'Search'],
  [/^pulls\/.*comment/, 'PullRequestReviewComment'],
  [/^pulls\/.*review(?!ers)/, 'PullRequestReview'],
  [/^pulls\//, 'PullRequest'],
  [/^checks\//, 'CheckRun'],
  [/^repos\/.*status/, 'Status'],
  [/^repos\//, 'Repository'],
  [/^git\/.*ref/, 'Reference'],
];

/** One entry of a 422, with the resource of its operation where whoever refused did not know it. */
export function nameResource(entry: unknown, operation: string | undefined): unknown {
  if (typeof entry !== 'object' || entry === null || !('resource' in entry)) return entry;
  if (entry.resource !== 'Resource') return entry;
  const [, resource = 'Resource'] =
    RESOURCES.find(([pattern]) => pattern.test(operation ?? '')) ?? [];
  return { ...entry, resource };
}
