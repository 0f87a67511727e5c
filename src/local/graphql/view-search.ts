import { canSee } from '../api/access.ts';
import { searchIssues } from '../api/search-issues.ts';
import { buildConnection, type PageArguments } from './connection.ts';
import { type GraphqlCall, viewIssueOrPull } from './graphql-call.ts';
import { viewActor } from './view-actor.ts';

interface SearchArguments extends PageArguments {
  readonly query: string;
  readonly type: 'ISSUE' | 'REPOSITORY' | 'USER' | 'DISCUSSION' | 'ISSUE_ADVANCED';
}

/** `search`: issues and pull requests by the same words as REST, the rest by name. */
export function viewSearch(call: GraphqlCall, { query, type, ...page }: SearchArguments) {
  const nodes = findNodes(call, query, type);
  const count = (wanted: SearchArguments['type']) => (type === wanted ? nodes.length : 0);
  return {
    ...buildConnection(nodes, page, (view) => view()),
    codeCount: 0,
    discussionCount: 0,
    issueCount: type.startsWith('ISSUE') ? nodes.length : 0,
    repositoryCount: count('REPOSITORY'),
    userCount: count('USER'),
    wikiCount: 0,
  };
}

function findNodes(
  call: GraphqlCall,
  query: string,
  type: SearchArguments['type'],
): readonly (() => object)[] {
  const { world, principal } = call;
  const word = query.trim().toLowerCase();
  switch (type) {
    case 'ISSUE':
    case 'ISSUE_ADVANCED':
      return searchIssues(world, principal, { q: query, sort: undefined, order: 'desc' }).map(
        ({ repository, subject }) =>
          () =>
            viewIssueOrPull(call, repository, subject),
      );
    case 'REPOSITORY':
      return [...world.repositories.values()]
        .filter((each) => canSee(world, each, principal))
        .filter((each) => world.fullName(each).toLowerCase().includes(word))
        .map((repository) => () => call.views.repository(repository));
    case 'USER':
      return [...world.users.values()]
        .filter((user) => user.type !== 'Bot' && user.login.toLowerCase().includes(word))
        .map((user) => () => viewActor(world, user.id));
    case 'DISCUSSION':
      return [];
  }
}
