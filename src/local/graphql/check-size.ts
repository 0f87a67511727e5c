// A document of a few hundred bytes may ask for more than any server can give: fragments that ask
// for each other twice double with every step. What it asks for is counted before it is answered.
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  Lexer,
  type SelectionNode,
  type SelectionSetNode,
  Source,
  TokenKind,
} from 'graphql';
import { typedError } from './graphql-call.ts';

/** Deeper than any client asks; what reads a document calls itself once a level. */
const DEPTH_MAX = 100;
/** GitHub's own bound on the sum of all `first` and `last`, each times those around it. */
const NODES_MAX = 500_000;
/** Fields with all fragments written out; far above what gh asks for. */
const FIELDS_MAX = 50_000;

const OPENING: readonly string[] = [TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L];
const CLOSING: readonly string[] = [TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R];

/** How much a set of selections asks for, with its fragments written out. */
interface Size {
  readonly depth: number;
  readonly fields: number;
  readonly nodes: number;
}

/** Refuse a text whose brackets go too deep, before it is parsed. Throws a GraphQLError. */
export function checkNesting(text: string): void {
  const lexer = new Lexer(new Source(text));
  let depth = 0;
  for (let token = lexer.advance(); token.kind !== TokenKind.EOF; token = lexer.advance()) {
    if (OPENING.includes(token.kind)) depth += 1;
    if (CLOSING.includes(token.kind)) depth -= 1;
    if (depth > DEPTH_MAX) throw tooDeep(depth);
  }
}

/** Refuse a valid document that asks for too much. Throws a GraphQLError. */
export function checkSize(
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>>,
): void {
  const measure = openMeasure(document, variables);
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const { depth, fields, nodes } = measure(definition.selectionSet);
    if (depth > DEPTH_MAX) throw tooDeep(depth);
    if (fields > FIELDS_MAX)
      throw new GraphQLError(
        `Query has complexity of ${fields}, which exceeds max complexity of ${FIELDS_MAX}`,
      );
    if (nodes > NODES_MAX)
      throw typedError(
        'MAX_NODE_LIMIT_EXCEEDED',
        `This query requests up to ${nodes.toLocaleString('en')} possible nodes which exceeds the maximum limit of ${NODES_MAX.toLocaleString('en')}.`,
      );
  }
}

function tooDeep(depth: number): GraphQLError {
  return new GraphQLError(`Query has depth of ${depth}, which exceeds max depth of ${DEPTH_MAX}`);
}

/** Each fragment is measured once, however often it is asked for; rings were refused before. */
function openMeasure(document: DocumentNode, variables: Readonly<Record<string, unknown>>) {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const each of document.definitions)
    if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each);
  const known = new Map<string, Size>();

  function measureSet(set: SelectionSetNode | undefined): Size {
    return (set?.selections ?? []).map(measureSelection).reduce(addSizes, {
      depth: 0,
      fields: 0,
      nodes: 0,
    });
  }

  function measureSelection(selection: SelectionNode): Size {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return measureFragment(selection.name.value);
    const inner = measureSet(selection.selectionSet);
    if (selection.kind === Kind.INLINE_FRAGMENT) return inner;
    const page = pageSize(selection, variables);
    return {
      depth: inner.depth + 1,
      fields: inner.fields + 1,
      nodes: page === undefined ? inner.nodes : page * (1 + inner.nodes),
    };
  }

  function measureFragment(name: string): Size {
    const size = known.get(name) ?? measureSet(fragments.get(name)?.selectionSet);
    known.set(name, size);
    return size;
  }

  return measureSet;
}

function addSizes(one: Size, other: Size): Size {
  return {
    depth: Math.max(one.depth, other.depth),
    fields: one.fields + other.fields,
    nodes: one.nodes + other.nodes,
  };
}

/** The `first` or `last` of a connection; undefined for any other field. */
function pageSize(
  { arguments: given = [] }: FieldNode,
  variables: Readonly<Record<string, unknown>>,
): number | undefined {
  for (const { name, value } of given) {
    if (name.value !== 'first' && name.value !== 'last') continue;
    const size = value.kind === Kind.VARIABLE ? variables[value.name.value] : readInt(value);
    if (typeof size === 'number') return Math.max(0, size);
  }
  return undefined;
}

function readInt(value: { readonly kind: string; readonly value?: unknown }): number | undefined {
  return value.kind === Kind.INT ? Number(value.value) : undefined;
}
