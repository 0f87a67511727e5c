import { type GraphQLResolveInfo, getNamedType, Kind, type SelectionSetNode } from 'graphql';
import { typedError } from './graphql-call.ts';

/** What of a connection is a page of it; how many there are altogether needs no page. */
const PAGED: readonly string[] = ['nodes', 'edges', 'pageInfo'];

/** Refuse a page of a connection without its size, as GitHub does: `first` or `last` must be there. */
export function checkBounds(args: Readonly<Record<string, unknown>>, info: GraphQLResolveInfo) {
  const { fieldName, fieldNodes, parentType } = info;
  const declared = parentType.getFields()[fieldName];
  if (!declared || !getNamedType(declared.type).name.endsWith('Connection')) return;
  if (!declared.args.some(({ name }) => name === 'first')) return;
  if (typeof args.first === 'number' || typeof args.last === 'number') return;
  if (!fieldNodes.some(({ selectionSet }) => asksForPage(selectionSet, info))) return;
  throw typedError(
    'MISSING_PAGINATION_BOUNDARIES',
    `You must provide a \`first\` or \`last\` value to properly paginate the \`${fieldName}\` connection.`,
  );
}

/** Documents with rings of fragments were refused before. */
function asksForPage(set: SelectionSetNode | undefined, info: GraphQLResolveInfo): boolean {
  return (set?.selections ?? []).some((each) => {
    if (each.kind === Kind.FIELD) return PAGED.includes(each.name.value);
    const inner = each.kind === Kind.INLINE_FRAGMENT ? each : info.fragments[each.name.value];
    return asksForPage(inner?.selectionSet, info);
  });
}
