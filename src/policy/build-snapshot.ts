import type { Role } from '#model/policy.ts';
import type { Account, RepositoryRef, Snapshot, SnapshotComment } from '#model/snapshot.ts';
import { isAttempt } from '#model/trigger.ts';
import type { Facts, LiveComment, LiveIssue } from './facts.ts';

/** Whose words count as instructions: people of the project. Anybody may comment on an issue. */
const counting = ['OWNER', 'MEMBER', 'COLLABORATOR'];

export interface Built {
  readonly snapshot: Snapshot;
  /** Comments that do not count, whatever the reason. */
  readonly leftOutCount: number;
}

/** The text that was authorized: comments written or edited after the label are not in it. */
export function buildSnapshot(
  repository: RepositoryRef,
  issue: LiveIssue,
  authorizedAt: string,
  authorizedBy: Account & { readonly role: Role },
): Built {
  const comments = issue.comments.filter((comment) => counts(comment, authorizedAt)).map(toComment);
  return {
    snapshot: {
      schema: 'sallyport/snapshot/v1',
      repository,
      issue: {
        id: issue.id,
        number: issue.number,
        title: issue.title.toWellFormed(),
        body: issue.body.toWellFormed(),
        author: issue.author,
        association: issue.association,
        labels: issue.labels.map((name) => name.toWellFormed()).sort(),
      },
      comments,
      authorizedAt,
      authorizedBy: { id: authorizedBy.id, login: authorizedBy.login, role: authorizedBy.role },
    },
    leftOutCount: Math.max(issue.commentCount, issue.comments.length) - comments.length,
  };
}

/** The text of the first attempt, with what was said about it: frozen as well, and never instructions. */
export function addFeedback(
  snapshot: Snapshot,
  { cause, attempt }: Pick<Facts, 'cause' | 'attempt'>,
): Snapshot {
  if (!isAttempt(cause) || !attempt?.feedback) return snapshot;
  const { author, source, notes } = attempt.feedback;
  const role = attempt.reviewerRole;
  return {
    ...snapshot,
    feedback: {
      kind: cause.kind,
      headSha: cause.headSha,
      author:
        author && role && role !== 'none' ? { id: author.id, login: author.login, role } : null,
      source: source.toWellFormed(),
      notes: notes.map(({ path, line, text }) => ({
        path: path?.toWellFormed() ?? null,
        line,
        text: text.toWellFormed(),
      })),
    },
  };
}

/**
 * An issue without the standing of our own account. What that account writes carries other people's
 * words (a signal from outside, an agent's report): it is nobody's instruction, whatever GitHub calls
 * the account.
 */
export function disown(issue: LiveIssue, botUserId: number): LiveIssue {
  const strip = <One extends Pick<LiveComment, 'author' | 'association'>>(one: One): One =>
    one.author?.id === botUserId ? { ...one, association: 'NONE' } : one;
  return { ...strip(issue), comments: issue.comments.map(strip) };
}

function counts(comment: LiveComment, authorizedAt: string): boolean {
  const at = Date.parse(authorizedAt);
  const written = Date.parse(comment.createdAt);
  const edited = comment.lastEditedAt === null ? written : Date.parse(comment.lastEditedAt);
  return counting.includes(comment.association) && written <= at && edited <= at;
}

function toComment(comment: LiveComment): SnapshotComment {
  const { id, author, association, body, createdAt } = comment;
  return { id, author, association, body: body.toWellFormed(), createdAt };
}
