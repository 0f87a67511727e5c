import type { Issue, IssueEvent } from '#local/record/issue.ts';
import type { Pull } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import { issueById } from '../api/place-issue.ts';
import { userById } from '../api/render-user.ts';
import type { World } from '../world.ts';
import { type Html, html } from './html.ts';
import { renderMarkdown } from './render-markdown.ts';
import { showCommit, showLabels, showTime, showUser, subjectPath } from './view.ts';

/** One thing in the history of an issue or pull request, placed in time. */
interface Moment {
  readonly at: string;
  readonly id: number;
  readonly html: Html;
}

/** What happened to an issue or pull request, oldest first: comments, reviews, threads, changes. */
export function renderTimeline(
  world: World,
  repository: Repository,
  subject: Issue | Pull,
): readonly Html[] {
  const moments = [
    ...comments(world, repository, subject),
    ...('headRef' in subject ? reviews(world, repository, subject) : []),
    ...changes(world, repository, subject),
  ];
  return moments
    .sort((a, b) => a.at.localeCompare(b.at) || a.id - b.id)
    .map((moment) => moment.html);
}

/** A text somebody wrote, in a box with its author. */
export function renderText(
  world: World,
  repository: Repository,
  text: {
    /** What a link to this text ends with. */
    readonly anchor?: string;
    readonly authorId: number;
    readonly createdAt: string;
    readonly body: string;
    readonly verb: string;
  },
): Html {
  const repositoryPath = `/${world.fullName(repository)}`;
  const body =
    text.body === ''
      ? html`<p class="soft">No description provided.</p>`
      : renderMarkdown(text.body, { repositoryPath, breaks: true });
  return html`<div class="box" id="${text.anchor}"><div class="top">${showUser(world, text.authorId)} <span class="soft">${text.verb} ${showTime(text.createdAt)}</span></div><div class="text">${body}</div></div>`;
}

function comments(
  world: World,
  repository: Repository,
  { number }: Issue | Pull,
): readonly Moment[] {
  return [...repository.comments.values()]
    .filter((comment) => comment.number === number)
    .map((comment) => ({
      at: comment.createdAt,
      id: comment.id,
      html: renderText(world, repository, {
        ...comment,
        anchor: `issuecomment-${comment.id}`,
        verb: comment.updatedAt === comment.createdAt ? 'commented' : 'commented (edited)',
      }),
    }));
}

const opinions = {
  APPROVED: 'approved these changes',
  CHANGES_REQUESTED: 'requested changes',
  COMMENTED: 'reviewed',
  DISMISSED: 'reviewed (dismissed since)',
  PENDING: '',
} as const;

function reviews(world: World, repository: Repository, pull: Pull): readonly Moment[] {
  return [...repository.reviews.values()]
    .filter((review) => review.pull === pull.number && review.state !== 'PENDING')
    .map((review) => {
      const path = `/${world.fullName(repository)}`;
      const line = html`<div class="line" id="pullrequestreview-${review.id}">${showUser(world, review.authorId)} ${opinions[review.state]} in ${showCommit(path, review.commitId)} ${showTime(review.submittedAt)}</div>`;
      const text = { ...review, createdAt: review.submittedAt, verb: 'left a comment' };
      return {
        at: review.submittedAt,
        id: review.id,
        html: html`${line}${review.body !== '' && renderText(world, repository, text)}${threads(world, repository, review.id)}`,
      };
    });
}

/** The conversations on lines that a review opened. */
function threads(world: World, repository: Repository, reviewId: number): readonly Html[] {
  const all = [...repository.reviewComments.values()];
  return all
    .filter((comment) => comment.reviewId === reviewId && comment.inReplyTo === null)
    .map((first) => {
      const replies = all.filter((comment) => comment.inReplyTo === first.id);
      const state = repository.resolvedThreads.has(first.id) ? 'Resolved' : 'Open';
      const texts = [first, ...replies].map((comment) =>
        renderText(world, repository, {
          ...comment,
          anchor: `discussion_r${comment.id}`,
          verb: 'commented',
        }),
      );
      return html`<div class="box"><div class="top"><code>${first.path}</code> <span class="soft">${first.line !== null && html`line ${first.line}`} · ${state}</span></div><div class="text"><pre>${first.diffHunk}</pre>${texts}</div></div>`;
    });
}

function changes(
  world: World,
  repository: Repository,
  { number }: Issue | Pull,
): readonly Moment[] {
  return repository.timeline
    .filter((event) => event.number === number)
    .map((event) => ({
      at: event.createdAt,
      id: event.id,
      html: html`<div class="line">${showUser(world, event.actorId)} ${tell(world, repository, event)} ${showTime(event.createdAt)}</div>`,
    }));
}

function tell(world: World, repository: Repository, event: IssueEvent): Html {
  const path = `/${world.fullName(repository)}`;
  const label = () => showLabels(repository, event.label === null ? [] : [event.label]);
  const person = () =>
    html`<b>${event.subjectId ? userById(world, event.subjectId).login : 'a team'}</b>`;
  const other = () => {
    const placed = event.otherId === undefined ? undefined : issueById(world, event.otherId);
    if (!placed) return html`another issue`;
    const there = `/${world.fullName(placed.repository)}`;
    return html`<a href="${subjectPath(there, placed.issue)}">${placed.issue.title} #${placed.issue.number}</a>`;
  };
  switch (event.event) {
    case 'labeled':
      return html`added the ${label()} label`;
    case 'unlabeled':
      return html`removed the ${label()} label`;
    case 'closed':
      return html`closed this${event.stateReason === 'not_planned' && ' as not planned'}`;
    case 'reopened':
      return html`reopened this`;
    case 'merged':
      return html`merged commit ${event.commitId !== null && showCommit(path, event.commitId)}`;
    case 'renamed':
      return html`changed the title from <del>${event.rename?.from}</del> to <b>${event.rename?.to}</b>`;
    case 'assigned':
      return html`assigned ${person()}`;
    case 'unassigned':
      return html`unassigned ${person()}`;
    case 'review_requested':
      return html`requested a review from ${person()}`;
    case 'review_request_removed':
      return html`removed the request for a review from ${person()}`;
    case 'review_dismissed':
      return html`dismissed a review: ${event.review?.message}`;
    case 'ready_for_review':
      return html`marked this as ready for review`;
    case 'convert_to_draft':
      return html`marked this as a draft`;
    case 'auto_merge_enabled':
      return html`enabled auto-merge`;
    case 'auto_merge_disabled':
      return html`disabled auto-merge`;
    case 'added_to_merge_queue':
      return html`added this to the merge queue`;
    case 'removed_from_merge_queue':
      return html`removed this from the merge queue`;
    case 'head_ref_force_pushed':
      return html`force-pushed the branch to ${event.commitId !== null && showCommit(path, event.commitId)}`;
    case 'head_ref_deleted':
      return html`deleted the branch`;
    case 'blocked_by_added':
      return html`marked this as blocked by ${other()}`;
    case 'blocked_by_removed':
      return html`marked this as no longer blocked by ${other()}`;
    case 'blocking_added':
      return html`marked this as blocking ${other()}`;
    case 'blocking_removed':
      return html`marked this as no longer blocking ${other()}`;
    case 'parent_issue_added':
      return html`made this a sub-issue of ${other()}`;
    case 'parent_issue_removed':
      return html`took this from its parent ${other()}`;
    case 'sub_issue_added':
      return html`added the sub-issue ${other()}`;
    case 'sub_issue_removed':
      return html`removed the sub-issue ${other()}`;
  }
}
