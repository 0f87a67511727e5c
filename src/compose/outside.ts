import type { FoundRepository } from '#github/client.ts';
import { putComment } from '#github/comment.ts';
import { editIssue, findMarkedIssue, openIssue, readIssueText } from '#github/outside-issue.ts';
import { readPolicy } from '#github/read-policy.ts';
import type { WriteOutsideDeps } from '#ingress/write-outside.ts';
import { writeOutside } from '#ingress/write-outside.ts';
import type { OutsideKey } from '#model/outside.ts';
import type { Source } from '#model/source.ts';
import { parsePolicy } from '#policy/parse-policy.ts';
import type { Edges } from './edges.ts';
import { newId } from './new-id.ts';

/** What writes issues for signals from outside GitHub. */
export type OutsideWriter = (key: OutsideKey) => Promise<string>;

/** Names of repositories are looked up again after this: they move rarely. */
const keptMs = 10 * 60_000;

export function composeOutside(edges: Edges): OutsideWriter {
  const deps = writeDeps(edges);
  return (key) => writeOutside(key, deps);
}

function writeDeps(edges: Edges): WriteOutsideDeps {
  const { github, identity, outside, outsideIssues, settings } = edges;
  return {
    sources: settings.sources,
    newId,
    find: outside.find,
    take: outside.take,
    again: outside.again,
    release: outside.release,
    settle: outside.settle,
    request: outsideIssues.request,
    confirm: outsideIssues.confirm,
    locate: locator(edges),
    chooseLabels: (place, labels) => chooseLabels(edges, place, labels),
    findMarked: (place, mark, since) =>
      findMarkedIssue(github, place, {
        botUserId: identity.botId,
        mark: `\`${mark}\``,
        since,
      }),
    open: (place, draft) => openIssue(github, place, draft),
    read: (place, number) => readIssueText(github, place, number),
    edit: (place, change) => editIssue(github, place, change),
    remark: async ({ installationId, repository }, issue, { kind, body }) => {
      await putComment(github, identity.botId, {
        stage: 'ingress',
        installationId,
        repository,
        issue,
        marker: kind,
        body,
      });
    },
  };
}

/** Where a source writes, asked once in a while: what is found is kept, what is not is asked again. */
function locator({ github, now }: Edges): WriteOutsideDeps['locate'] {
  const known = new Map<string, { readonly found: FoundRepository; readonly until: number }>();
  return async ({ name, owner, repository }: Source) => {
    const kept = known.get(name);
    if (kept && kept.until > now().getTime()) return kept.found;
    const found = await github.findRepository('ingress', { owner, name: repository });
    if (found) known.set(name, { found, until: now().getTime() + keptMs });
    else known.delete(name);
    return found;
  };
}

/** No label that starts work, and none at all where nobody can say which ones do. */
async function chooseLabels(
  { github }: Edges,
  place: FoundRepository,
  labels: readonly string[],
): Promise<readonly string[]> {
  const head = await readPolicy(github, place, 'ingress');
  const policy = head?.text ? parsePolicy(head.text) : undefined;
  if (!policy?.ok) return [];
  const triggers = policy.value.triggers.flatMap((one) =>
    'label' in one ? [one.label.toLowerCase()] : [],
  );
  return labels.filter((label) => !triggers.includes(label.toLowerCase()));
}
