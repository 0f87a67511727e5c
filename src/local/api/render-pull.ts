import type { JsonObject } from '#model/json.ts';
import type { Pull, Repository, Review, World } from '../world.ts';
import { toNodeId } from './node-id.ts';
import { commentsOf, renderLabels } from './render-issue.ts';
import { renderRepository, repositoryPage, repositoryUrl } from './render-repository.ts';
import { authorAssociation, renderUserById } from './render-user.ts';

/** What a pull request's detail says beyond its list entry; worked out from git and the rules. */
export interface PullDetail {
  readonly mergeable: boolean | null;
  readonly mergeableState: string;
  readonly commits: number;
  readonly additions: number;
  readonly deletions: number;
  readonly changedFiles: number;
}

/** `pull-request-simple`; with a detail, `pull-request`. */
export function renderPull(
  world: World,
  repository: Repository,
  pull: Pull,
  detail?: PullDetail,
): JsonObject {
  const url = `${repositoryUrl(world, repository)}/pulls/${pull.number}`;
  const issueUrl = `${repositoryUrl(world, repository)}/issues/${pull.number}`;
  const page = `${repositoryPage(world, repository)}/pull/${pull.number}`;
  return {
    id: pull.id,
    node_id: toNodeId('PullRequest', pull.id),
    url,
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    issue_url: issueUrl,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${repositoryUrl(world, repository)}/pulls/comments{/number}`,
    comments_url: `${issueUrl}/comments`,
    statuses_url: `${repositoryUrl(world, repository)}/statuses/${pull.headSha}`,
    number: pull.number,
    state: pull.state,
    locked: false,
    active_lock_reason: null,
    title: pull.title,
    body: pull.body,
    user: renderUserById(world, pull.authorId),
    labels: renderLabels(world, repository, pull.labels),
    milestone: null,
    assignee: null,
    assignees: [],
    requested_reviewers: pull.requestedReviewers.map((id) => renderUserById(world, id)),
    requested_teams: [],
    head: renderSide(world, repository, pull.headRef, pull.headSha),
    base: renderSide(world, repository, pull.baseRef, pull.baseSha),
    author_association: authorAssociation(world, repository, pull.authorId),
    auto_merge: null,
    draft: pull.draft,
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.closedAt,
    merged_at: pull.mergedAt,
    merge_commit_sha: pull.mergeCommitSha,
    _links: renderLinks(url, issueUrl, page),
    ...(detail ? renderDetail(world, repository, pull, detail) : {}),
  };
}

function renderSide(world: World, repository: Repository, ref: string, sha: string): JsonObject {
  const owner = renderUserById(world, repository.ownerId);
  return {
    label: `${owner.login}:${ref}`,
    ref,
    sha,
    user: owner,
    repo: renderRepository(world, repository),
  };
}

function renderLinks(url: string, issueUrl: string, page: string): JsonObject {
  return {
    self: { href: url },
    html: { href: page },
    issue: { href: issueUrl },
    comments: { href: `${issueUrl}/comments` },
    review_comments: { href: `${url}/comments` },
    review_comment: { href: `${url.replace(/\/\d+$/, '')}/comments{/number}` },
    commits: { href: `${url}/commits` },
    statuses: { href: url },
  };
}

function renderDetail(
  world: World,
  repository: Repository,
  pull: Pull,
  detail: PullDetail,
): JsonObject {
  return {
    merged: pull.merged,
    mergeable: detail.mergeable,
    rebaseable: detail.mergeable,
    mergeable_state: detail.mergeableState,
    merged_by: pull.mergedById === null ? null : renderUserById(world, pull.mergedById),
    comments: commentsOf(repository, pull.number).length,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: detail.commits,
    additions: detail.additions,
    deletions: detail.deletions,
    changed_files: detail.changedFiles,
  };
}

/** `pull-request-review`. */
export function renderReview(world: World, repository: Repository, review: Review): JsonObject {
  const pullUrl = `${repositoryUrl(world, repository)}/pulls/${review.pull}`;
  const page = `${repositoryPage(world, repository)}/pull/${review.pull}#pullrequestreview-${review.id}`;
  return {
    id: review.id,
    node_id: toNodeId('PullRequestReview', review.id),
    user: renderUserById(world, review.authorId),
    body: review.body,
    state: review.state,
    html_url: page,
    pull_request_url: pullUrl,
    _links: { html: { href: page }, pull_request: { href: pullUrl } },
    submitted_at: review.submittedAt,
    commit_id: review.commitId,
    author_association: authorAssociation(world, repository, review.authorId),
  };
}
