import { visibleText } from '#model/text.ts';
import type { Integrity, Tool } from '../tool.ts';

/** The issue as it was authorized: the frozen snapshot, never the live issue (`snapshot:frozen`). */
export const issueRead: Tool = {
  name: 'issue.read',
  description:
    'Read the issue you are asked to work on: title, body, labels and the comments that count, exactly as they were when a maintainer authorized the work.',
  inputSchema: { type: 'object', properties: {}, additionalProperties: false },
  read: ({ snapshot }) => {
    const { issue, comments } = snapshot;
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
    ];
  },
};

/** GitHub's author_association at the time, reduced to what it means for trust. */
function integrityOf(association: string): Integrity {
  if (association === 'OWNER' || association === 'MEMBER') return 'maintainer';
  return association === 'COLLABORATOR' ? 'contributor' : 'outsider';
}
