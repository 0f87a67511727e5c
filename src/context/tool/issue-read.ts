import { plainLine } from '#model/neutralise.ts';
import type { Feedback } from '#model/snapshot.ts';
import { visibleText } from '#model/text.ts';
import type { Integrity, Tool } from '../tool.ts';

/** The issue as it was authorized: the frozen snapshot, never the live issue (`snapshot:frozen`). */
export const issueRead: Tool = {
  name: 'issue.read',
  description:
    'Read the issue you are asked to work on: title, body, labels and the comments that count, exactly as they were when a maintainer authorized the work.',
  inputSchema: { type: 'object', properties: {}, additionalProperties: false },
  read: ({ snapshot }) => {
    const { issue, comments, feedback } = snapshot;
    return [
      {
        integrity: integrityOf(issue.association),
        source: `issue #${issue.number} by ${issue.author?.login ?? 'a deleted account'} (${issue.association})`,
        text: visibleText(
          `# ${issue.title}\n\n${issue.body}\n\nLabels: ${issue.labels.join(', ') || 'none'}`,
        ),
      },
      ...comments.map((comment) => ({
        integrity: integrityOf(comment.association),
        source: `comment by ${comment.author?.login ?? 'a deleted account'} (${comment.association}), ${comment.createdAt}`,
        text: visibleText(comment.body),
      })),
      ...(feedback ? describeFeedback(feedback) : []),
    ];
  },
};

/** What was said about the attempt before: a review by whoever wrote it, a check by nobody. */
function describeFeedback({ kind, author, source, headSha, notes }: Feedback) {
  const by = author ? ` by ${author.login} (${author.role})` : '';
  return notes.map(({ path, line, text }) => ({
    integrity: kind === 'review' && author ? ('maintainer' as const) : ('outsider' as const),
    source: plainLine(
      `${source}${by}, about the attempt ${headSha.slice(0, 7)}${placeOf(path, line)}`,
      sourceMax,
    ),
    text: visibleText(text),
  }));
}

function placeOf(path: string | null, line: number | null): string {
  if (path === null) return '';
  return line === null ? `, ${path}` : `, ${path}:${line}`;
}

/** Names of checks and files are anybody's text: one line, and no more than this. */
const sourceMax = 300;

/**
 * GitHub's author_association at the time, reduced to what it means for trust. A member of the
 * organization and a collaborator may have no more than read here, so neither is called a maintainer.
 */
function integrityOf(association: string): Integrity {
  if (association === 'OWNER') return 'maintainer';
  return ['MEMBER', 'COLLABORATOR'].includes(association) ? 'contributor' : 'outsider';
}
