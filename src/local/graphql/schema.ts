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

/** The other newer part, as newer gh ask for it: people and bots may be assigned alike. */
const ACTORS = `
type AssigneeEdge { cursor: String! node: Assignee }
type AssigneeConnection { edges: [AssigneeEdge] nodes: [Assignee] pageInfo: PageInfo! totalCount: Int! }
type ActorEdge { cursor: String! node: Actor }
type ActorConnection { edges: [ActorEdge] nodes: [Actor] pageInfo: PageInfo! totalCount: Int! }
enum RepositorySuggestedActorFilter { CAN_BE_ASSIGNED CAN_BE_AUTHOR }
extend type Issue { assignedActors(after: String, before: String, first: Int, last: Int): AssigneeConnection! }
extend type PullRequest { assignedActors(after: String, before: String, first: Int, last: Int): AssigneeConnection! }
extend type Repository {
  suggestedActors(after: String, before: String, capabilities: [RepositorySuggestedActorFilter!]!, first: Int, last: Int, loginNames: String, query: String): ActorConnection!
}
input ReplaceActorsForAssignableInput { actorIds: [ID!] actorLogins: [String!] assignableId: ID! clientMutationId: String }
type ReplaceActorsForAssignablePayload { assignable: Assignable clientMutationId: String }
extend type Mutation {
  replaceActorsForAssignable(input: ReplaceActorsForAssignableInput!): ReplaceActorsForAssignablePayload
}
`;

let built: GraphQLSchema | undefined;

/** GitHub's schema, built at first use: it takes some hundred milliseconds. */
export function readSchema(): GraphQLSchema {
  // The copy repeats a field of an enterprise type, which strict checking refuses.
  built ??= buildSchema([schema.idl, DEPENDENCIES, ACTORS].join('\n'), { assumeValidSDL: true });
  return built;
}
