import { readGit } from './git.ts';
import { type Commit, findCommits } from './object.ts';

/** Which commits a history shows. */
export interface LogQuery {
  readonly from: string;
  /** Leave out what is reachable from here. */
  readonly without?: string;
  readonly path?: string;
  readonly skip?: number;
  readonly count?: number;
  readonly oldestFirst?: boolean;
}

/** Commits in order of history, newest first unless asked otherwise: two processes in all. */
export async function listCommits(gitDir: string, query: LogQuery): Promise<readonly Commit[]> {
  const text = await readGit({
    gitDir,
    args: [
      'rev-list',
      '--topo-order',
      ...(query.oldestFirst ? ['--reverse'] : []),
      `--skip=${query.skip ?? 0}`,
      ...(query.count === undefined ? [] : [`--max-count=${query.count}`]),
      query.from,
      ...(query.without === undefined ? [] : [`^${query.without}`]),
      '--',
      ...(query.path === undefined ? [] : [query.path]),
    ],
  });
  const commits = await findCommits(gitDir, text.split('\n').filter(Boolean));
  return commits.filter((commit) => commit !== undefined);
}
