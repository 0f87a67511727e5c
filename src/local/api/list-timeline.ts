import type { Issue } from '#local/record/issue.ts';
import type { Pull } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import { openView, renderGitCommit } from '../git/render-git.ts';
import type { World } from '../world.ts';
import type { Schema } from './operation.ts';
import { comparePull } from './pull-detail.ts';
import { renderComment } from './render-comment.ts';
import { renderTimelineEvent } from './render-event.ts';
import { commentsOf } from './render-issue.ts';
import { renderReview } from './render-review.ts';
import { renderUserById } from './render-user.ts';

type TimelineItem = Schema<'timeline-issue-events'>;

/** One entry of a timeline before it is rendered: only those of the asked page are. */
export interface TimelineEntry {
  readonly id: number;
  readonly at: string;
  render(): TimelineItem;
}

/** Everything that happened to an issue or a pull request, oldest first: comments and commits among it. */
export async function listTimeline(
  world: World,
  repository: Repository,
  subject: Issue | Pull,
): Promise<readonly TimelineEntry[]> {
  const { number } = subject;
  const events = repository.timeline.filter((event) => event.number === number);
  const comments = commentsOf(repository, number);
  const reviews = [...repository.reviews.values()].filter(
    (review) => review.pull === number && review.state !== 'PENDING',
  );
  return [
    ...('headRef' in subject ? await listCommits(world, repository, subject) : []),
    ...events.map((event) => ({
      id: event.id,
      at: event.createdAt,
      render: () => renderTimelineEvent(world, repository, event),
    })),
    ...comments.map((comment) => ({
      id: comment.id,
      at: comment.createdAt,
      render: () => ({
        event: 'commented',
        actor: renderUserById(world, comment.authorId),
        ...renderComment(world, repository, comment),
      }),
    })),
    ...reviews.map((review) => ({
      id: review.id,
      at: review.submittedAt,
      render: () => ({
        event: 'reviewed',
        ...renderReview(world, repository, review),
      }),
    })),
  ].sort((a, b) => a.at.localeCompare(b.at) || a.id - b.id);
}

/** The commits of a pull request as it is now; at one moment they come before what was said. */
async function listCommits(
  world: World,
  repository: Repository,
  pull: Pull,
): Promise<readonly TimelineEntry[]> {
  const view = await openView(world, repository);
  const { commits } = await comparePull(repository, pull);
  return commits.map((commit, index) => ({
    id: index - commits.length,
    at: commit.committer.date,
    render: () => ({ event: 'committed', ...renderGitCommit(view, commit) }),
  }));
}
