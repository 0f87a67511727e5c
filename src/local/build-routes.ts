import { actionsRoutes } from './actions/actions-routes.ts';
import type { ManifestCodes } from './admin/manifest-code.ts';
import type { RateLimits } from './api/rate-limit.ts';
import type { Route } from './api/route.ts';
import { buildAppRoutes } from './api/routes-app.ts';
import { checkRoutes } from './api/routes-check.ts';
import { commentRoutes } from './api/routes-comment.ts';
import { dependencyRoutes } from './api/routes-dependency.ts';
import { buildHookRoutes } from './api/routes-hook.ts';
import { issueRoutes } from './api/routes-issue.ts';
import { labelRoutes } from './api/routes-label.ts';
import { buildManifestRoutes } from './api/routes-manifest.ts';
import { buildMetaRoutes } from './api/routes-meta.ts';
import { buildOauthRoutes } from './api/routes-oauth.ts';
import { pullRoutes } from './api/routes-pull.ts';
import { reactionRoutes } from './api/routes-reaction.ts';
import { repositoryRoutes } from './api/routes-repository.ts';
import { reviewRoutes } from './api/routes-review.ts';
import { reviewCommentRoutes } from './api/routes-review-comment.ts';
import { rulesetRoutes } from './api/routes-ruleset.ts';
import { searchRoutes } from './api/routes-search.ts';
import { statusRoutes } from './api/routes-status.ts';
import { subIssueRoutes } from './api/routes-sub-issue.ts';
import type { TokenRegistry } from './api/token-registry.ts';
import { gitRoutes } from './git/git-routes.ts';
import type { Webhooks } from './webhook/webhooks.ts';

/** What the routes of Apps act on besides the world. */
export interface RouteParts {
  readonly tokens: TokenRegistry;
  readonly limits: RateLimits;
  readonly webhooks: Webhooks;
  readonly manifests: ManifestCodes;
}

/** Every REST operation that the local GitHub has, in one list: the router and the tests read it. */
export function buildRoutes({ tokens, limits, webhooks, manifests }: RouteParts): readonly Route[] {
  return [
    ...repositoryRoutes,
    ...issueRoutes,
    ...labelRoutes,
    ...commentRoutes,
    ...dependencyRoutes,
    ...reactionRoutes,
    ...searchRoutes,
    ...subIssueRoutes,
    ...pullRoutes,
    ...reviewRoutes,
    ...rulesetRoutes,
    ...reviewCommentRoutes,
    ...checkRoutes,
    ...statusRoutes,
    ...buildMetaRoutes(limits),
    ...buildAppRoutes(tokens),
    ...buildManifestRoutes(manifests),
    ...buildOauthRoutes(tokens),
    ...buildHookRoutes(webhooks),
    ...gitRoutes,
    ...actionsRoutes,
  ];
}
