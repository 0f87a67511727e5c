import type { User } from '#local/record/account.ts';
import type { Comment, Issue } from '#local/record/issue.ts';
import type { Pull, Review, ReviewComment } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import { canSee } from '../api/access.ts';
import { parseNodeId } from '../api/node-id.ts';
import { type GraphqlCall, typedError } from './graphql-call.ts';

/** What a node id names, with the repository it is in. */
export type Node =
  | { readonly type: 'Repository'; readonly repository: Repository }
  | { readonly type: 'Issue'; readonly repository: Repository; readonly item: Issue }
  | { readonly type: 'PullRequest'; readonly repository: Repository; readonly item: Pull }
  | { readonly type: 'IssueComment'; readonly repository: Repository; readonly item: Comment }
  | { readonly type: 'PullRequestReview'; readonly repository: Repository; readonly item: Review }
  | {
      readonly type: 'PullRequestReviewThread';
      readonly repository: Repository;
      readonly item: ReviewComment;
    }
  | { readonly type: 'Label'; readonly repository: Repository; readonly name: string };

/** Find what an id names, as far as the caller may see. Throws GitHub's NOT_FOUND. */
export function findNode(call: GraphqlCall, id: string): Node {
  const parsed = parseNodeId(id);
  const number = Number(parsed?.id);
  for (const repository of call.world.repositories.values()) {
    if (!parsed || !canSee(call.world, repository, call.principal)) continue;
    const node = findIn(repository, parsed.type, number);
    if (node) return node;
  }
  throw typedError(
    'NOT_FOUND',
    `Could not resolve to a node with the global id of '${id.slice(0, 100)}'`,
  );
}

function findIn(repository: Repository, type: string, id: number): Node | undefined {
  const byId = <T extends { readonly id: number }>(items: Iterable<T>) =>
    [...items].find((each) => each.id === id);
  if (type === 'Repository')
    return repository.id === id ? { type: 'Repository', repository } : undefined;
  if (type === 'Issue') {
    const item = byId(repository.issues.values());
    return item && { type, repository, item };
  }
  if (type === 'PullRequest') {
    const item = byId(repository.pulls.values());
    return item && { type, repository, item };
  }
  if (type === 'IssueComment') {
    const item = byId(repository.comments.values());
    return item && { type, repository, item };
  }
  if (type === 'PullRequestReview') {
    const item = byId(repository.reviews.values());
    return item && { type, repository, item };
  }
  if (type === 'PullRequestReviewThread') {
    const item = repository.reviewComments.get(id);
    return item?.inReplyTo === null ? { type, repository, item } : undefined;
  }
  const label = type === 'Label' ? byId(repository.labels.values()) : undefined;
  return label && { type: 'Label', repository, name: label.name };
}

/** An issue by node id. Throws when the id names something else. */
export function issueNode(call: GraphqlCall, id: string) {
  const node = findNode(call, id);
  if (node.type === 'Issue') return node;
  throw typedError('NOT_FOUND', `Could not resolve to Issue node with the global id of '${id}'.`);
}

/** A pull request by node id. Throws when the id names something else. */
export function pullNode(call: GraphqlCall, id: string) {
  const node = findNode(call, id);
  if (node.type === 'PullRequest') return node;
  throw typedError(
    'NOT_FOUND',
    `Could not resolve to PullRequest node with the global id of '${id}'.`,
  );
}

/** A conversation on a line by node id. Throws when the id names something else. */
export function threadNode(call: GraphqlCall, id: string) {
  const node = findNode(call, id);
  if (node.type === 'PullRequestReviewThread') return node;
  throw typedError(
    'NOT_FOUND',
    `Could not resolve to PullRequestReviewThread node with the global id of '${id}'.`,
  );
}

/** A review by node id. Throws when the id names something else. */
export function reviewNode(call: GraphqlCall, id: string) {
  const node = findNode(call, id);
  if (node.type === 'PullRequestReview') return node;
  throw typedError(
    'NOT_FOUND',
    `Could not resolve to PullRequestReview node with the global id of '${id}'.`,
  );
}

/** An issue or a pull request by node id. Throws when the id names something else. */
export function subjectNode(call: GraphqlCall, id: string) {
  const node = findNode(call, id);
  if (node.type === 'Issue' || node.type === 'PullRequest') return node;
  throw typedError('NOT_FOUND', `Could not resolve to a node with the global id of '${id}'.`);
}

/** A repository by node id. Throws when the id names something else. */
export function repositoryNode(call: GraphqlCall, id: string): Repository {
  const node = findNode(call, id);
  if (node.type === 'Repository') return node.repository;
  throw typedError(
    'NOT_FOUND',
    `Could not resolve to Repository node with the global id of '${id}'.`,
  );
}

/** A comment below an issue or a pull request by node id. Throws when it names something else. */
export function commentNode(call: GraphqlCall, id: string) {
  const node = findNode(call, id);
  if (node.type === 'IssueComment') return node;
  throw typedError(
    'NOT_FOUND',
    `Could not resolve to IssueComment node with the global id of '${id}'.`,
  );
}

/** An account by node id. Throws GitHub's NOT_FOUND. */
export function accountNode(call: GraphqlCall, id: string): User {
  const parsed = parseNodeId(id);
  const user = call.world.users.get(Number(parsed?.id));
  if (user && parsed?.type === user.type) return user;
  throw typedError(
    'NOT_FOUND',
    `Could not resolve to a node with the global id of '${id.slice(0, 100)}'`,
  );
}
