import type { Route } from '../api/route.ts';
import { contentsRoutes } from './routes-contents.ts';
import { historyRoutes } from './routes-history.ts';
import { objectRoutes } from './routes-object.ts';
import { readmeRoutes } from './routes-readme.ts';
import { refRoutes } from './routes-ref.ts';

/** Every operation of the REST API that reads or writes git itself. */
export const gitRoutes: readonly Route[] = [
  ...objectRoutes,
  ...refRoutes,
  ...contentsRoutes,
  ...readmeRoutes,
  ...historyRoutes,
];
