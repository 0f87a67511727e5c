import type { NewReviewComment } from './change-review-comment.ts';
import type { DiffPlace } from './diff-place.ts';
import { invalid, optionalNumber, optionalWord, requiredText } from './field.ts';
import type { Call } from './route.ts';

type Body = Call['body'];

/** GitHub's own bound on the comments of one review is higher; nobody reads more. */
const COMMENTS_MAX = 100;
const PATH_CHARS_MAX = 4096;
const SIDES = ['LEFT', 'RIGHT'] as const;

/** Where a comment is to be, as a body says. Throws 422. */
export function readPlace(body: Body): DiffPlace {
  const path = requiredText(body, 'path', PATH_CHARS_MAX);
  const side = optionalWord(body, 'side', SIDES) ?? 'RIGHT';
  const isFile = optionalWord(body, 'subject_type', ['line', 'file']) === 'file';
  if (isFile) return { path, side, line: null, startLine: null, startSide: null };
  const line = readLine(body, 'line') ?? readLine(body, 'position');
  if (line === null) throw invalid('line', 'missing_field');
  const startLine = readLine(body, 'start_line');
  const startSide = optionalWord(body, 'start_side', SIDES) ?? null;
  return { path, side, line, startLine, startSide };
}

function readLine(body: Body, field: string): number | null {
  const line = optionalNumber(body, field);
  if (line === undefined) return null;
  if (line < 1) throw invalid(field, 'invalid');
  return line;
}

/** The `comments` of a new review. Throws 422. */
export function readComments(
  body: Body,
): readonly Omit<NewReviewComment, 'commitId' | 'reviewId'>[] {
  const { comments } = body;
  if (comments === undefined || comments === null) return [];
  if (!Array.isArray(comments) || comments.length > COMMENTS_MAX)
    throw invalid('comments', 'invalid');
  return comments.map((comment: unknown) => {
    if (typeof comment !== 'object' || comment === null || Array.isArray(comment))
      throw invalid('comments', 'invalid');
    const fields = comment as Body;
    return { ...readPlace(fields), body: requiredText(fields, 'body') };
  });
}
