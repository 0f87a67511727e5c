import type { Pull, Review } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import { closingNumbers, readReviewDecision } from '../api/merge-rules.ts';
import { toNodeId } from '../api/node-id.ts';
import { comparePull, readPullDetail } from '../api/pull-detail.ts';
import type { PullDetail } from '../api/render-pull.ts';
import { repositoryPage } from '../api/render-repository.ts';
import { authorAssociation } from '../api/render-user.ts';
import { resolveCommit } from '../git/object.ts';
import { findEntry, readQueueSettings } from '../queue/read-queue.ts';
import { buildConnection, type PageArguments } from './connection.ts';
import type { GraphqlCall } from './graphql-call.ts';
import { viewActor } from './view-actor.ts';
import { viewRollup } from './view-check.ts';
import { viewSubject } from './view-issue.ts';
import { viewProtection } from './view-protection.ts';
import { viewQueue, viewQueueEntry } from './view-queue.ts';
import { viewTeam } from './view-team.ts';
import { viewReviewComment, viewThread } from './view-thread.ts';
import { viewTimeline } from './view-timeline.ts';

/** One pull request; git is asked only when a field needs it, and once. */
export function viewPull(call: GraphqlCall, repository: Repository, pull: Pull) {
  const { world } = call;
  let asked: Promise<PullDetail> | undefined;
  const detail = () => {
    asked ??= readPullDetail(world, repository, pull);
    return asked;
  };
  const owner = viewActor(world, repository.ownerId);
  return {
    __typename: 'PullRequest',
    id: toNodeId('PullRequest', pull.id),
    databaseId: pull.id,
    fullDatabaseId: String(pull.id),
    ...viewSubject(call, repository, pull),
    ...viewBranches(call, repository, pull),
    ...viewReviewParts(call, repository, pull),
    url: `${repositoryPage(world, repository)}/pull/${pull.number}`,
    state: pull.merged ? 'MERGED' : pull.state.toUpperCase(),
    isDraft: pull.draft,
    merged: pull.merged,
    mergedAt: pull.mergedAt,
    mergedBy: pull.mergedById === null ? null : viewActor(world, pull.mergedById),
    mergeCommit: pull.mergeCommitSha ? call.views.commit(repository, pull.mergeCommitSha) : null,
    potentialMergeCommit: async () => {
      await detail();
      const sha = pull.merged ? undefined : pull.trialMergeSha;
      return sha === undefined ? null : call.views.commit(repository, sha);
    },
    mergeable: async () => toMergeable((await detail()).mergeable),
    mergeStateStatus: async () => (await detail()).mergeableState.toUpperCase(),
    additions: async () => (await detail()).additions,
    deletions: async () => (await detail()).deletions,
    changedFiles: async () => (await detail()).changedFiles,
    isInMergeQueue: findEntry(repository, pull.number) !== undefined,
    isMergeQueueEnabled: readQueueSettings(repository, pull.baseRef) !== undefined,
    mergeQueue: () => viewQueue(call, repository, pull.baseRef),
    mergeQueueEntry: () => {
      const entry = findEntry(repository, pull.number);
      return entry ? viewQueueEntry(call, repository, entry) : null;
    },
    isCrossRepository: false,
    maintainerCanModify: false,
    autoMergeRequest: viewAutoMerge(call, repository, pull),
    headRepository: () => call.views.repository(repository),
    headRepositoryOwner: owner,
    baseRepository: () => call.views.repository(repository),
    closingIssuesReferences: (page: PageArguments) =>
      buildConnection(
        closingNumbers(pull.body).flatMap((number) => repository.issues.get(number) ?? []),
        page,
        (issue) => call.views.issue(repository, issue),
      ),
    timelineItems: viewTimeline(call, repository, pull, (review) =>
      viewReview(call, repository, review),
    ),
    statusCheckRollup: () => viewRollup(call, repository, pull.headSha),
  };
}

function viewAutoMerge(call: GraphqlCall, repository: Repository, pull: Pull) {
  const { autoMerge } = pull;
  if (autoMerge === undefined) return null;
  return {
    authorEmail: null,
    commitBody: autoMerge.message,
    commitHeadline: autoMerge.title,
    enabledAt: autoMerge.enabledAt,
    enabledBy: viewActor(call.world, autoMerge.enabledById),
    mergeMethod: autoMerge.method.toUpperCase(),
    pullRequest: () => call.views.pull(repository, pull),
  };
}

function toMergeable(mergeable: boolean | null): string {
  if (mergeable === null) return 'UNKNOWN';
  return mergeable ? 'MERGEABLE' : 'CONFLICTING';
}

function viewBranches(call: GraphqlCall, repository: Repository, pull: Pull) {
  return {
    headRefName: pull.headRef,
    headRefOid: pull.headSha,
    baseRefName: pull.baseRef,
    baseRefOid: pull.baseSha,
    headRef: () => viewRef(call, repository, `refs/heads/${pull.headRef}`),
    baseRef: () => viewRef(call, repository, `refs/heads/${pull.baseRef}`),
    commits: async (page: PageArguments) => {
      const { commits } = await comparePull(repository, pull);
      return buildConnection(commits, page, (commit) => ({
        id: `PURC_${commit.sha}`,
        commit: call.views.commit(repository, commit.sha),
      }));
    },
    files: async (page: PageArguments) => {
      const { files } = await comparePull(repository, pull);
      return buildConnection(files, page, ({ path, additions, deletions }) => ({
        path,
        additions,
        deletions,
      }));
    },
  };
}

/** A reference by its full name, or null. */
export async function viewRef(call: GraphqlCall, repository: Repository, name: string) {
  const sha = await resolveCommit(repository.gitDir, name);
  if (sha === undefined) return null;
  const [, prefix = 'refs/heads/', short = name] = /^(refs\/[^/]+\/)(.+)$/.exec(name) ?? [];
  return {
    id: `REF_${Buffer.from(`${repository.id}:${name}`).toString('base64url')}`,
    name: short,
    prefix,
    target: call.views.commit(repository, sha),
    repository: () => call.views.repository(repository),
    branchProtectionRule: () =>
      prefix === 'refs/heads/' ? viewProtection(call, repository, short) : null,
  };
}

function viewReviewParts(call: GraphqlCall, repository: Repository, pull: Pull) {
  const reviews = [...repository.reviews.values()].filter(
    (review) => review.pull === pull.number && review.state !== 'PENDING',
  );
  const newest = [...new Map(reviews.map((review) => [review.authorId, review])).values()];
  const view = (review: Review) => viewReview(call, repository, review);
  return {
    reviewDecision: () => readReviewDecision(call.world, repository, pull),
    reviews: (page: PageArguments & { states?: readonly string[] | null }) =>
      buildConnection(
        reviews.filter((review) => page.states?.includes(review.state) ?? true),
        page,
        view,
      ),
    reviewThreads: (page: PageArguments) =>
      buildConnection(
        [...repository.reviewComments.values()].filter(
          (comment) => comment.pull === pull.number && comment.inReplyTo === null,
        ),
        page,
        (first) => viewThread(call, repository, first),
      ),
    latestOpinionatedReviews: (page: PageArguments) =>
      buildConnection(
        newest.filter(({ state }) => state === 'APPROVED' || state === 'CHANGES_REQUESTED'),
        page,
        view,
      ),
    latestReviews: (page: PageArguments) => buildConnection(newest, page, view),
    reviewRequests: (page: PageArguments) =>
      buildConnection(
        [
          ...pull.requestedReviewers.map((id) => ({ id, reviewer: viewActor(call.world, id) })),
          ...pull.requestedTeams.map((id) => ({ id, reviewer: viewTeam(call.world, id) })),
        ],
        page,
        ({ id, reviewer }) => ({
          id: `RR_${pull.id}_${id}`,
          asCodeOwner: false,
          requestedReviewer: reviewer,
        }),
      ),
  };
}

/** One review. */
export function viewReview(call: GraphqlCall, repository: Repository, review: Review) {
  return {
    __typename: 'PullRequestReview',
    id: toNodeId('PullRequestReview', review.id),
    databaseId: review.id,
    fullDatabaseId: String(review.id),
    state: review.state,
    body: review.body,
    author: viewActor(call.world, review.authorId),
    authorAssociation: authorAssociation(call.world, repository, review.authorId),
    commit: call.views.commit(repository, review.commitId),
    submittedAt: review.submittedAt,
    createdAt: review.submittedAt,
    updatedAt: review.submittedAt,
    comments: (page: PageArguments) =>
      buildConnection(
        [...repository.reviewComments.values()].filter(({ reviewId }) => reviewId === review.id),
        page,
        (comment) => viewReviewComment(call, repository, comment),
      ),
    lastEditedAt: null,
    includesCreatedEdit: false,
    reactionGroups: [],
    url: `${repositoryPage(call.world, repository)}/pull/${review.pull}#pullrequestreview-${review.id}`,
  };
}
