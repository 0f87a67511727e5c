import { paginate } from '#local/api/paginate.ts';
import { HttpError, routes } from '#local/api/route.ts';
import type { Variable } from '#local/record/environment.ts';
import { openCall } from './route-call.ts';

const VARIABLES = '/repos/{owner}/{repo}/actions/variables';

/** Configuration variables of a repository, which `vars` holds. */
export const variableRoutes = routes({
  'actions/list-repo-variables': {
    method: 'GET',
    path: VARIABLES,
    access: ['actions_variables:read'],
    handle: (call) =>
      paginate(
        call,
        [...openCall(call).repository.variables.values()],
        renderVariable,
        (variables, total_count) => ({ total_count, variables }),
      ),
  },
  'actions/get-repo-variable': {
    method: 'GET',
    path: `${VARIABLES}/{name}`,
    access: ['actions_variables:read'],
    handle: (call) => {
      const { variables } = openCall(call).repository;
      const found = variables.get((call.params.name ?? '').toUpperCase());
      if (found === undefined) throw new HttpError(404, 'Not Found');
      return { status: 200, body: renderVariable(found) };
    },
  },
});

/** `actions-variable`. */
function renderVariable(variable: Variable) {
  return {
    name: variable.name,
    value: variable.value,
    created_at: variable.createdAt,
    updated_at: variable.updatedAt,
  };
}
