import type { Repository } from '#local/record/repository.ts';
import { findCommitAuthor } from '../api/commit-author.ts';
import { toNodeId } from '../api/node-id.ts';
import { repositoryPage } from '../api/render-repository.ts';
import { type Commit, readCommit } from '../git/object.ts';
import { buildConnection, type PageArguments } from './connection.ts';
import type { GraphqlCall } from './graphql-call.ts';
import { viewActor } from './view-actor.ts';
import { viewRollup } from './view-check.ts';

/** One commit; git is asked only when a field needs it, and once. */
export function viewCommit(call: GraphqlCall, repository: Repository, sha: string) {
  let asked: Promise<Commit> | undefined;
  const read = () => {
    asked ??= readCommit(repository.gitDir, sha);
    return asked;
  };
  const message = async () => (await read()).message.trimEnd();
  const viewSide = async (side: 'author' | 'committer') => viewPerson(call, (await read())[side]);
  return {
    __typename: 'Commit',
    id: toNodeId('Commit', `${repository.id}:${sha}`),
    oid: sha,
    abbreviatedOid: sha.slice(0, 7),
    url: `${repositoryPage(call.world, repository)}/commit/${sha}`,
    repository: () => call.views.repository(repository),
    message,
    messageHeadline: async () => (await message()).split('\n', 1)[0],
    messageBody: async () => (await message()).split('\n').slice(2).join('\n'),
    committedDate: async () => (await read()).committer.date,
    authoredDate: async () => (await read()).author.date,
    author: () => viewSide('author'),
    committer: () => viewSide('committer'),
    authors: async (page: PageArguments) =>
      buildConnection([(await read()).author], page, (person) => viewPerson(call, person)),
    parents: async (page: PageArguments) =>
      buildConnection((await read()).parents, page, (parent) =>
        call.views.commit(repository, parent),
      ),
    associatedPullRequests: (page: PageArguments) =>
      buildConnection(
        [...repository.pulls.values()].filter(
          (pull) => pull.headSha === sha || pull.mergeCommitSha === sha,
        ),
        page,
        (pull) => call.views.pull(repository, pull),
      ),
    statusCheckRollup: () => viewRollup(call, repository, sha),
  };
}

function viewPerson(call: GraphqlCall, person: Commit['author']) {
  const user = findCommitAuthor(call.world, person.email);
  return {
    name: person.name,
    email: person.email,
    date: person.date,
    // GitActor.user is a User: an App's commit has none, as on GitHub.
    user: user?.type === 'User' ? viewActor(call.world, user.id) : null,
  };
}
