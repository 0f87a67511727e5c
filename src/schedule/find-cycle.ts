/** An issue in one repository: `owner/name#number`. */
export type IssueKey = string;

/** What blocks what, as far as it was read: an issue and the issues that block it. */
export type BlockedBy = ReadonlyMap<IssueKey, readonly IssueKey[]>;

/** Beyond this many issues a graph is not followed: it is held and a person looks (design §7.3). */
const nodesMax = 500;

/**
 * A cycle through `start` along `blockedBy`, as the path that closes it; null when there is none.
 * A graph too large to follow counts as one, for nobody could tell.
 */
export function findCycle(start: IssueKey, blockedBy: BlockedBy): readonly IssueKey[] | null {
  const seen = new Set<IssueKey>();
  const stack: { readonly key: IssueKey; readonly path: readonly IssueKey[] }[] = [
    { key: start, path: [start] },
  ];
  for (let next = stack.pop(); next; next = stack.pop()) {
    for (const blocker of blockedBy.get(next.key) ?? []) {
      if (blocker === start) return [...next.path, start];
      if (seen.has(blocker)) continue;
      seen.add(blocker);
      if (seen.size > nodesMax) return [start];
      stack.push({ key: blocker, path: [...next.path, blocker] });
    }
  }
  return null;
}
