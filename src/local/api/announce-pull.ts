import type { User } from '#local/record/account.ts';
import type { Pull, PullFigures } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import { type Comparison, compareCommits } from '../git/compare.ts';
import type { World } from '../world.ts';
import type { Webhook } from './operation.ts';
import { renderPull } from './render-pull.ts';
import { keepPullHead } from './trial-merge.ts';

/** Every `pull_request` event that is sent here, as GitHub describes it. */
type PullEvent = Webhook<
  | 'pull-request-assigned'
  | 'pull-request-auto-merge-disabled'
  | 'pull-request-auto-merge-enabled'
  | 'pull-request-closed'
  | 'pull-request-converted-to-draft'
  | 'pull-request-dequeued'
  | 'pull-request-edited'
  | 'pull-request-enqueued'
  | 'pull-request-labeled'
  | 'pull-request-opened'
  | 'pull-request-ready-for-review'
  | 'pull-request-reopened'
  | 'pull-request-review-requested'
  | 'pull-request-synchronize'
  | 'pull-request-unassigned'
  | 'pull-request-unlabeled'
>;

type Beside<T> = T extends unknown ? Omit<T, 'number' | 'pull_request'> : never;

/** What a `pull_request` event says beside the pull request: its action, and what belongs to it. */
export type PullChange = Beside<PullEvent>;

/**
 * Send one `pull_request` event, with the pull request as it is now. It carries how large that is:
 * where git was not asked about this head yet, the event goes out when git has answered, and has the
 * head under `refs/pull/N/head`.
 */
export function announcePull(
  world: World,
  repository: Repository,
  actor: User,
  pull: Pull,
  change: PullChange,
): void {
  const { number } = pull;
  const seen = renderPull(world, repository, pull);
  const payload = (pull_request: typeof seen) =>
    ({ ...change, number, pull_request }) satisfies PullEvent;
  world.emit(
    'pull_request',
    repository,
    actor,
    pull.figures === null
      ? readNewHead(repository, pull).then((figures) => payload(withFigures(seen, figures)))
      : payload(seen),
  );
}

async function readNewHead(repository: Repository, pull: Pull): Promise<PullFigures | null> {
  const [figures] = await Promise.all([
    readFigures(repository, pull),
    keepPullHead(repository, pull),
  ]);
  return figures;
}

/** Ask git how large a pull request is, and keep the answer while its head is the same. */
async function readFigures(repository: Repository, pull: Pull): Promise<PullFigures | null> {
  const { headSha, baseSha } = pull;
  const comparison = await compareCommits(repository.gitDir, baseSha, headSha).catch(
    () => undefined,
  );
  if (!comparison) return null;
  const figures = toFigures(comparison);
  if (pull.headSha === headSha && pull.baseSha === baseSha) pull.figures = figures;
  return figures;
}

function withFigures(seen: ReturnType<typeof renderPull>, figures: PullFigures | null) {
  if (figures === null) return seen;
  const { commits, additions, deletions, changedFiles: changed_files } = figures;
  return { ...seen, commits, additions, deletions, changed_files };
}

/** The figures of a comparison. */
export function toFigures({ commits, files }: Comparison): PullFigures {
  const total = (key: 'additions' | 'deletions') => files.reduce((sum, file) => sum + file[key], 0);
  return {
    commits: commits.length,
    additions: total('additions'),
    deletions: total('deletions'),
    changedFiles: files.length,
  };
}
