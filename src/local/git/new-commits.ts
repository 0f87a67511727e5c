import { listCommits } from './log.ts';
import { type Commit, findCommits, readParents } from './object.ts';

/** GitHub tells of no more commits in one push. */
const COMMITS_MAX = 2048;
/** A straight line of so many commits is followed here; everything else is git's. */
const LINE_MAX = 20;

/** What one commit holds and another (null: nothing) has not, oldest first; the newest 2048. */
export async function listNewCommits(
  gitDir: string,
  before: string | null,
  after: string,
): Promise<readonly Commit[]> {
  const known = before === null ? new Set<string>() : await readLine(gitDir, before);
  const line: Commit[] = [];
  for (let next = after; !known.has(next); ) {
    const [commit] = await findCommits(gitDir, [next]);
    const [parent] = commit?.parents ?? [];
    if (commit?.parents.length !== 1 || !parent || line.length === LINE_MAX) {
      const without = before === null ? {} : { without: before };
      return listCommits(gitDir, {
        from: after,
        ...without,
        oldestFirst: true,
        count: COMMITS_MAX,
      });
    }
    line.push(commit);
    next = parent;
  }
  return line.reverse();
}

/** A commit and its nearest ancestors by first parents. */
async function readLine(gitDir: string, sha: string): Promise<ReadonlySet<string>> {
  const line = new Set<string>();
  for (let next: string | undefined = sha; next && line.size < LINE_MAX; ) {
    line.add(next);
    [next] = await readParents(gitDir, next);
  }
  return line;
}
