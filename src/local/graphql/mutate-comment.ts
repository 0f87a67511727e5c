import type { Comment } from '#local/record/issue.ts';
import type { Repository } from '#local/record/repository.ts';
import { createComment, deleteComment, editComment } from '../api/change-comment.ts';
import { addReaction, findReaction, removeReaction } from '../api/change-reaction.ts';
import { invalid, requiredText } from '../api/field.ts';
import { actorOf } from '../api/identity.ts';
import { commentNode, findNode, subjectNode } from './find-node.ts';
import { checkPermission, type GraphqlCall, typedError, viewIssueOrPull } from './graphql-call.ts';
import { type Input, reply } from './mutate-issue.ts';
import { viewComment } from './view-comment.ts';
import {
  emojiOf,
  type ReactionSubject,
  viewReaction,
  viewReactionGroups,
} from './view-reaction.ts';

const WRITE = ['issues:write', 'pull_requests:write'] as const;

/** Comments below issues and pull requests, and reactions. */
export function buildCommentMutations(call: GraphqlCall) {
  const { world, principal } = call;
  const actor = () => actorOf(principal);
  const find = (id: string) => {
    const { repository, item } = commentNode(call, id);
    checkPermission(call, repository, WRITE, item.authorId === actor().id ? 'read' : 'write');
    return { repository, item };
  };
  return {
    addComment: ({ input }: Input<{ subjectId: string; body: string }>) => {
      const { repository, item } = subjectNode(call, input.subjectId);
      checkPermission(call, repository, WRITE);
      const author = { actor: actor(), principal };
      const text = requiredText({ ...input }, 'body');
      const comment = createComment(world, repository, author, item.number, text);
      return reply(input, {
        commentEdge: viewEdge(call, repository, comment),
        subject: viewIssueOrPull(call, repository, item),
        timelineEdge: viewEdge(call, repository, comment),
      });
    },
    updateIssueComment: ({ input }: Input<{ id: string; body: string }>) => {
      const { repository, item } = find(input.id);
      const text = requiredText({ ...input }, 'body');
      editComment(world, repository, actor(), item, text);
      return reply(input, { issueComment: viewComment(call, repository, item) });
    },
    deleteIssueComment: ({ input }: Input<{ id: string }>) => {
      const { repository, item } = find(input.id);
      deleteComment(world, repository, actor(), item);
      return reply(input, {});
    },
    ...buildReactionMutations(call),
  };
}

function viewEdge(call: GraphqlCall, repository: Repository, comment: Comment) {
  const cursor = Buffer.from(`cursor:${comment.id}`).toString('base64');
  return { cursor, node: viewComment(call, repository, comment) };
}

interface ReactionInput {
  readonly subjectId: string;
  readonly content: string;
}

function buildReactionMutations(call: GraphqlCall) {
  const read = (input: ReactionInput) => {
    const { repository, subject } = findReactable(call, input.subjectId);
    checkPermission(call, repository, WRITE);
    const content = emojiOf(input.content);
    if (content === undefined) throw invalid('content', 'invalid');
    const wanted = { subject: subject.kind, subjectId: subject.id, content };
    return { repository, subject, wanted, actor: actorOf(call.principal) };
  };
  const groups = (repository: Repository, subject: ReactionSubject) => ({
    reactionGroups: viewReactionGroups(call, repository, subject),
    subject: subject.view(),
  });
  return {
    addReaction: ({ input }: Input<ReactionInput>) => {
      const { repository, subject, wanted, actor } = read(input);
      const { reaction } = addReaction(call.world, repository, actor, wanted);
      const view = viewReaction(call, reaction, subject);
      return reply(input, { reaction: view, ...groups(repository, subject) });
    },
    removeReaction: ({ input }: Input<ReactionInput>) => {
      const { repository, subject, wanted, actor } = read(input);
      const reaction = findReaction(repository, actor, wanted);
      if (!reaction) throw typedError('NOT_FOUND', 'Could not resolve to a Reaction.');
      removeReaction(repository, reaction);
      const view = viewReaction(call, reaction, subject);
      return reply(input, { reaction: view, ...groups(repository, subject) });
    },
  };
}

function findReactable(
  call: GraphqlCall,
  id: string,
): { readonly repository: Repository; readonly subject: ReactionSubject } {
  const node = findNode(call, id);
  if (node.type === 'Issue' || node.type === 'PullRequest') {
    const { repository, item } = node;
    const view = () => viewIssueOrPull(call, repository, item);
    return { repository, subject: { kind: 'issue', id: item.number, view } };
  }
  if (node.type === 'IssueComment') {
    const { repository, item } = node;
    const view = () => viewComment(call, repository, item);
    return { repository, subject: { kind: 'comment', id: item.id, view } };
  }
  throw typedError('NOT_FOUND', `Could not resolve to a node with the global id of '${id}'.`);
}
