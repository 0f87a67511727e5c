import { readCommit } from '#local/git/object.ts';
import type { Repository } from '#local/world.ts';
import type { JsonObject } from '#model/json.ts';
import type { RunRecord } from './run-record.ts';

/** The `head_commit` of runs, read once per commit so that building a payload needs no git. */
export interface HeadCommits {
  load(repository: Repository, sha: string): Promise<void>;
  read(run: RunRecord): JsonObject;
  /** Commit → what is remembered of it. */
  save(): ReadonlyMap<string, JsonObject>;
}

/** Open a memory of commits: empty, or with what an earlier one saved. */
export function openHeadCommits(saved?: ReadonlyMap<string, JsonObject>): HeadCommits {
  const known = new Map(saved);
  return {
    save: () => known,
    load: async (repository, sha) => {
      if (known.has(sha)) return;
      const commit = await readCommit(repository.gitDir, sha);
      known.set(sha, {
        id: sha,
        tree_id: commit.tree,
        message: commit.message,
        timestamp: commit.committer.date,
        author: { name: commit.author.name, email: commit.author.email },
        committer: { name: commit.committer.name, email: commit.committer.email },
      });
    },
    read: (run) => known.get(run.headSha) ?? { id: run.headSha },
  };
}
