import type { Route } from '#local/api/route.ts';
import { artifactRoutes } from './artifact-routes.ts';
import { dispatchRoutes } from './dispatch-routes.ts';
import { jobRoutes } from './job-routes.ts';
import { runRoutes } from './run-routes.ts';

/** The REST operations of GitHub Actions: workflows, runs, jobs, artifacts, dispatches. */
export const actionsRoutes: readonly Route[] = [
  ...dispatchRoutes,
  ...runRoutes,
  ...jobRoutes,
  ...artifactRoutes,
];
