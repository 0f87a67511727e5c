import type { GraphQLFieldResolver } from 'graphql';
import { checkBounds } from './check-bounds.ts';
import { typedError } from './graphql-call.ts';

/**
 * Read one field of a view. A field without a value or a function for it is not built here: that is
 * said by its name, never taken for GitHub's `null` (REST says 501 for the same).
 */
export const resolveField: GraphQLFieldResolver<unknown, unknown> = (view, args, context, info) => {
  const value = Object(view)[info.fieldName];
  if (value === undefined) {
    const name = `${info.parentType.name}.${info.fieldName}`;
    throw typedError(
      'NOT_IMPLEMENTED',
      `${name} is not built in this local GitHub; docs/local-github.md lists what is.`,
    );
  }
  checkBounds(args, info);
  return typeof value === 'function' ? value.call(view, args, context, info) : value;
};
