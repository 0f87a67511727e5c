import type { Route } from '#local/api/route.ts';
import { artifactRoutes } from './artifact-routes.ts';
import { dispatchRoutes } from './dispatch-routes.ts';
import { jobRoutes } from './job-routes.ts';
import { pendingRoutes } from './pending-routes.ts';
import { repositoryDispatchRoutes } from './repository-dispatch-routes.ts';
import { runRoutes } from './run-routes.ts';
import { secretRoutes } from './secret-routes.ts';
import { variableRoutes } from './variable-routes.ts';

/** The REST operations of GitHub Actions: workflows, runs, jobs, artifacts, dispatches. */
export const actionsRoutes: readonly Route[] = [
  ...dispatchRoutes,
  ...runRoutes,
  ...jobRoutes,
  ...artifactRoutes,
  ...repositoryDispatchRoutes,
  ...variableRoutes,
  ...secretRoutes,
  ...pendingRoutes,
];
