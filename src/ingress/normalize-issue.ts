import { z } from 'zod';
import { ok, refuse } from '#model/result.ts';
import type { Signal } from '#model/signal.ts';
import { issueTextSha256 } from '#model/signal.ts';
import { ignored } from './ignored.ts';
import type { Reading } from './reading.ts';
import { about, id, instant, toAbout } from './shape.ts';

const issue = z.object({
  number: id,
  title: z.string(),
  body: z.string().nullable().default(null),
  updated_at: instant,
  /** Present when the issue is a pull request. */
  pull_request: z.looseObject({}).optional(),
});

const issues = about.extend({
  action: z.string().max(60),
  issue,
  label: z.object({ name: z.string().min(1).max(200) }).optional(),
  assignee: z.object({ id }).nullish(),
});
type Issues = z.infer<typeof issues>;

/** An issue that was deleted or moved to another repository is no task here either. */
const endings = ['closed', 'deleted', 'transferred'];

/** `issues`: a label set or removed, the App assigned or not, an issue ended or reopened. */
export const normalizeIssues: Reading = (payload, self) => {
  const parsed = issues.safeParse(payload);
  if (!parsed.success) return refuse(parsed.error);
  const { action, issue } = parsed.data;
  if (issue.pull_request) return ok(ignored('a pull request is no task'));
  const base = { ...toAbout(parsed.data), issue: issue.number } as const;
  if (endings.includes(action)) return ok({ kind: 'issue_closed', ...base });
  if (action === 'reopened') return ok({ kind: 'issue_reopened', ...base });
  const textSha256 = issueTextSha256(issue.title, issue.body);
  const asked = { ...base, at: issue.updated_at, textSha256 };
  const isOwn = base.sender.id === self.botUserId;
  if (action === 'labeled' || action === 'unlabeled') {
    return ok(readLabel(action, parsed.data, asked, isOwn));
  }
  if (action === 'assigned' || action === 'unassigned') {
    if (parsed.data.assignee?.id !== self.botUserId) {
      return ok(ignored('the assignment is not to the App'));
    }
    if (isOwn) return ok(ignored('the App changed this assignment itself'));
    return ok({ kind: action, ...asked });
  }
  return ok(ignored(`nothing here listens to issues.${action}`));
};

type Asked = Omit<Extract<Signal, { readonly kind: 'label_set' }>, 'kind' | 'label'>;

function readLabel(
  action: 'labeled' | 'unlabeled',
  { label }: Issues,
  asked: Asked,
  isOwn: boolean,
): Signal {
  if (!label) return ignored(`issues.${action} names no label`);
  // The App's own labels would start it again.
  if (isOwn) return ignored('the App set this label itself');
  const kind = action === 'labeled' ? 'label_set' : 'label_removed';
  return { kind, ...asked, label: label.name };
}

const subIssues = about.extend({
  action: z.enum([
    'sub_issue_added',
    'sub_issue_removed',
    'parent_issue_added',
    'parent_issue_removed',
  ]),
  parent_issue: z.object({ number: id }),
});

/**
 * `sub_issues`: a parent waits for what is below it. GitHub tells both sides; the one where the
 * parent is says what to look at again.
 */
export const normalizeSubIssues: Reading = (payload) => {
  const parsed = subIssues.safeParse(payload);
  if (!parsed.success) return refuse(parsed.error);
  const { action, parent_issue } = parsed.data;
  if (action === 'parent_issue_added' || action === 'parent_issue_removed') {
    return ok(ignored('where the parent is, the same change is told too'));
  }
  return ok({ kind: 'dependency_changed', ...toAbout(parsed.data), issue: parent_issue.number });
};

const dependencies = about.extend({
  action: z.enum(['blocked_by_added', 'blocked_by_removed', 'blocking_added', 'blocking_removed']),
  blocked_issue: z.object({ number: id }),
  blocked_issue_repo: z.object({ id }).optional(),
});

/** `issue_dependencies`: which issue waits for which. Only the one that waits is named. */
export const normalizeDependencies: Reading = (payload) => {
  const parsed = dependencies.safeParse(payload);
  if (!parsed.success) return refuse(parsed.error);
  const { blocked_issue, blocked_issue_repo, repository } = parsed.data;
  if (blocked_issue_repo && blocked_issue_repo.id !== repository.id) {
    return ok(ignored('the issue that waits is in another repository'));
  }
  return ok({
    kind: 'dependency_changed',
    ...toAbout(parsed.data),
    issue: blocked_issue.number,
  });
};
