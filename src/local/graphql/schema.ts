import { schema } from '@octokit/graphql-schema';
import { buildSchema, type GraphQLSchema } from 'graphql';

/** What GitHub has and the published copy of its schema has not yet: issue dependencies. */
const DEPENDENCIES = `
extend type Issue {
  blockedBy(after: String, before: String, first: Int, last: Int, orderBy: IssueDependencyOrder = {field: DEPENDENCY_ADDED_AT, direction: DESC}): IssueConnection!
  blocking(after: String, before: String, first: Int, last: Int, orderBy: IssueDependencyOrder = {field: DEPENDENCY_ADDED_AT, direction: DESC}): IssueConnection!
  issueDependenciesSummary: IssueDependenciesSummary!
}
enum IssueDependencyOrderField { CREATED_AT DEPENDENCY_ADDED_AT }
input IssueDependencyOrder { field: IssueDependencyOrderField! direction: OrderDirection! }
type IssueDependenciesSummary { blockedBy: Int! blocking: Int! totalBlockedBy: Int! totalBlocking: Int! }
input AddBlockedByInput { blockingIssueId: ID! clientMutationId: String issueId: ID! }
type AddBlockedByPayload { blockingIssue: Issue clientMutationId: String issue: Issue }
input RemoveBlockedByInput { blockingIssueId: ID! clientMutationId: String issueId: ID! }
type RemoveBlockedByPayload { blockingIssue: Issue clientMutationId: String issue: Issue }
extend type Mutation {
  addBlockedBy(input: AddBlockedByInput!): AddBlockedByPayload
  removeBlockedBy(input: RemoveBlockedByInput!): RemoveBlockedByPayload
}
`;

let built: GraphQLSchema | undefined;

/** GitHub's schema, built at first use: it takes some hundred milliseconds. */
export function readSchema(): GraphQLSchema {
  // The copy repeats a field of an enterprise type, which strict checking refuses.
  built ??= buildSchema(`${schema.idl}\n${DEPENDENCIES}`, { assumeValidSDL: true });
  return built;
}
