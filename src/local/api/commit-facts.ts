import type { CommitFacts } from '#local/record/check.ts';
import type { Repository } from '#local/record/repository.ts';
import { readCommit } from '../git/object.ts';

/** Read what payloads say of a commit. Throws `Fault('LOCAL_GITHUB')` when there is none. */
export async function readCommitFacts(repository: Repository, sha: string): Promise<CommitFacts> {
  const { tree, message, author, committer } = await readCommit(repository.gitDir, sha);
  return {
    sha,
    tree,
    message,
    date: committer.date,
    author: { name: author.name, email: author.email },
    committer: { name: committer.name, email: committer.email },
  };
}
