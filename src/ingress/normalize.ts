import type { JsonObject } from '#model/json.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import type { Signal } from '#model/signal.ts';
import { normalizeAuthorization } from './normalize-authorization.ts';
import { normalizeCheck } from './normalize-check.ts';
import { normalizeComment } from './normalize-comment.ts';
import { normalizeInstallation } from './normalize-installation.ts';
import { normalizeDependencies, normalizeIssues, normalizeSubIssues } from './normalize-issue.ts';
import { normalizeProjectItem } from './normalize-project.ts';
import { normalizePull, normalizeReview } from './normalize-pull.ts';
import { normalizePush } from './normalize-push.ts';
import { normalizeJob, normalizeWorkflowRun } from './normalize-workflow.ts';
import type { Reading, Self } from './reading.ts';

export interface ShapeRefusal {
  readonly reason: 'shape_invalid';
  readonly sentence: string;
}

const events: Readonly<Record<string, Reading>> = {
  check_run: normalizeCheck,
  issues: normalizeIssues,
  issue_comment: normalizeComment,
  issue_dependencies: normalizeDependencies,
  sub_issues: normalizeSubIssues,
  projects_v2_item: normalizeProjectItem,
  pull_request: normalizePull,
  pull_request_review: normalizeReview,
  push: normalizePush,
  workflow_job: normalizeJob,
  workflow_run: normalizeWorkflowRun,
  github_app_authorization: normalizeAuthorization,
  installation: normalizeInstallation,
  installation_repositories: normalizeInstallation,
};

/**
 * What a payload means. The event's name is not signed, so the payload must be shaped as that
 * event's: one signed body cannot be passed off as another event (identity finding 2).
 */
export function normalize(
  event: string,
  payload: JsonObject,
  self: Self,
): Result<Signal, ShapeRefusal> {
  const read = Object.hasOwn(events, event) ? events[event] : undefined;
  if (!read) return ok({ kind: 'ignored', because: `nothing here listens to ${event}` });
  const signal = read(payload, self);
  if (signal.ok) return signal;
  const [issue] = signal.refusal.issues;
  const where = issue?.path.map(String).join('.') || 'the payload';
  return refuse({
    reason: 'shape_invalid',
    sentence: `expected the shape of ${event}, but ${where}: ${issue?.message ?? 'is not'}`,
  });
}
