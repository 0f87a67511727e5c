import type { Pull, PullFigures } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import type { World } from '../world.ts';
import { toNodeId } from './node-id.ts';
import type { Schema } from './operation.ts';
import { commentsOf, renderLabels } from './render-issue.ts';
import { renderRepository, repositoryPage, repositoryUrl } from './render-repository.ts';
import { renderTeam } from './render-team.ts';
import { authorAssociation, renderUserById } from './render-user.ts';

/** What a pull request's detail says beyond its list entry; worked out from git and the rules. */
export interface PullDetail extends PullFigures {
  /** Null while GitHub works it out. */
  readonly mergeable: boolean | null;
  readonly mergeableState: string;
}

/** `pull-request-simple`: an entry of a list. */
export function renderSimplePull(world: World, repository: Repository, pull: Pull) {
  return renderCommon(world, repository, pull);
}

/** What a list entry and the whole have in common. */
function renderCommon(world: World, repository: Repository, pull: Pull) {
  const url = `${repositoryUrl(world, repository)}/pulls/${pull.number}`;
  const issueUrl = `${repositoryUrl(world, repository)}/issues/${pull.number}`;
  const page = `${repositoryPage(world, repository)}/pull/${pull.number}`;
  const assignees = pull.assignees.map((id) => renderUserById(world, id));
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
    labels: renderLabels(world, repository, pull.labels).map((label) => ({
      ...label,
      description: label.description ?? '',
    })),
    milestone: null,
    assignee: assignees[0] ?? null,
    assignees,
    requested_reviewers: pull.requestedReviewers.map((id) => renderUserById(world, id)),
    requested_teams: pull.requestedTeams.flatMap((id) => {
      const team = world.teams.get(id);
      return team ? [renderTeam(world, team)] : [];
    }),
    head: renderSide(world, repository, pull.headRef, pull.headSha),
    base: renderSide(world, repository, pull.baseRef, pull.baseSha),
    author_association: authorAssociation(world, repository, pull.authorId),
    auto_merge: renderAutoMerge(world, pull),
    draft: pull.draft,
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.closedAt,
    merged_at: pull.mergedAt,
    merge_commit_sha: pull.mergeCommitSha ?? pull.trialMergeSha ?? null,
    _links: renderLinks(repositoryUrl(world, repository), pull, page),
  } satisfies Schema<'pull-request-simple'>;
}

function renderAutoMerge(world: World, { autoMerge }: Pull) {
  if (autoMerge === undefined) return null;
  const { enabledById, method, title, message } = autoMerge;
  return {
    enabled_by: renderUserById(world, enabledById),
    merge_method: method,
    commit_title: title,
    commit_message: message,
  } satisfies Schema<'auto-merge'>;
}

function renderSide(world: World, repository: Repository, ref: string, sha: string) {
  const owner = renderUserById(world, repository.ownerId);
  return {
    label: `${owner.login}:${ref}`,
    ref,
    sha,
    user: owner,
    repo: renderRepository(world, repository),
  };
}

function renderLinks(repository: string, pull: Pull, page: string) {
  const url = `${repository}/pulls/${pull.number}`;
  const issue = `${repository}/issues/${pull.number}`;
  return {
    self: { href: url },
    html: { href: page },
    issue: { href: issue },
    comments: { href: `${issue}/comments` },
    review_comments: { href: `${url}/comments` },
    review_comment: { href: `${repository}/pulls/comments{/number}` },
    commits: { href: `${url}/commits` },
    statuses: { href: `${repository}/statuses/${pull.headSha}` },
  };
}

const UNKNOWN: PullDetail = {
  mergeable: null,
  mergeableState: 'unknown',
  commits: 0,
  additions: 0,
  deletions: 0,
  changedFiles: 0,
};

/**
 * `pull-request`. Without a detail it is as an event shows it: whether it can be merged is still
 * being worked out.
 */
export function renderPull(
  world: World,
  repository: Repository,
  pull: Pull,
  detail: PullDetail = { ...UNKNOWN, ...pull.figures },
) {
  const comments = [...repository.reviewComments.values()];
  return {
    ...renderCommon(world, repository, pull),
    merged: pull.merged,
    mergeable: detail.mergeable,
    rebaseable: detail.mergeable,
    mergeable_state: detail.mergeableState,
    merged_by: pull.mergedById === null ? null : renderUserById(world, pull.mergedById),
    comments: commentsOf(repository, pull.number).length,
    review_comments: comments.filter((comment) => comment.pull === pull.number).length,
    maintainer_can_modify: false,
    commits: detail.commits,
    additions: detail.additions,
    deletions: detail.deletions,
    changed_files: detail.changedFiles,
  } satisfies Schema<'pull-request'>;
}
