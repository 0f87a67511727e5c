import type { User } from '#local/record/account.ts';
import type { Issue } from '#local/record/issue.ts';
import type { Pull } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import type { World } from '../world.ts';
import { invalid } from './field.ts';
import { commentsOf } from './render-issue.ts';
import type { Call } from './route.ts';
import { repositoryOf } from './serve-api.ts';

const STATES = ['open', 'closed', 'all'];
const SORTS = ['created', 'updated', 'comments'];

/** The issues and pull requests that the query of `GET R/issues` asks for, in its order. */
export function selectIssues(call: Call): readonly (Issue | Pull)[] {
  const repository = repositoryOf(call);
  const state = readWord(call, 'state', STATES);
  const sort = readWord(call, 'sort', SORTS);
  const ascending = readWord(call, 'direction', ['desc', 'asc']) === 'asc' ? 1 : -1;
  const labels = (call.query.get('labels') ?? '').split(',').filter((name) => name !== '');
  const creator = readUser(call, 'creator');
  const mentioned = readUser(call, 'mentioned');
  const isAssigned = readAssignee(call);
  const since = sinceOf(call);
  const isAnyMilestone = readMilestone(call);
  return [...repository.issues.values(), ...repository.pulls.values()]
    .filter((issue) => state === 'all' || issue.state === state)
    .filter((issue) => labels.every((name) => hasLabel(issue.labels, name)))
    .filter((issue) => creator === undefined || issue.authorId === creator.id)
    .filter((issue) => mentioned === undefined || mentions(issue.body, mentioned))
    .filter(isAssigned)
    .filter((issue) => issue.updatedAt >= since)
    .filter(() => isAnyMilestone)
    .sort((a, b) => ascending * (compareBy(sort, repository, a, b) || a.number - b.number));
}

/** Only what changed at or after this time; everything when the query does not say. */
export function sinceOf(call: Call): string {
  const since = new Date(call.query.get('since') ?? '');
  return Number.isNaN(since.getTime()) ? '' : since.toISOString().slice(0, 19);
}

/** Whether a label is among the names; names of labels are equal when only the case differs. */
export function hasLabel(labels: readonly string[], name: string): boolean {
  return labels.some((each) => each.toLowerCase() === name.toLowerCase());
}

/** Whether a text mentions an account. */
export function mentions(text: string, user: User): boolean {
  const words: readonly string[] = text.toLowerCase().match(/@[a-z0-9-]+/g) ?? [];
  return words.includes(`@${user.login.toLowerCase()}`);
}

function readWord(call: Call, name: string, words: readonly string[]): string {
  const word = call.query.get(name) ?? words[0] ?? '';
  if (!words.includes(word)) throw invalid(name, 'invalid');
  return word;
}

function readUser({ query, world }: Call, name: string): User | undefined {
  const login = query.get(name);
  if (login === null || login === '') return undefined;
  const user = findUser(world, login);
  if (!user) throw invalid(name, 'invalid');
  return user;
}

/** Bots may be written `app/name`, as GitHub's pages do. */
function findUser(world: World, login: string): User | undefined {
  return world.userByLogin(login.replace(/^app\/(.+)$/, '$1[bot]'));
}

function readAssignee(call: Call): (issue: Issue | Pull) => boolean {
  const word = call.query.get('assignee');
  if (word === 'none') return (issue) => issue.assignees.length === 0;
  if (word === '*') return (issue) => issue.assignees.length > 0;
  const user = readUser(call, 'assignee');
  return (issue) => user === undefined || issue.assignees.includes(user.id);
}

/** Milestones do not exist here: everything has none, nothing has any, and no number is one's. */
function readMilestone({ query }: Call): boolean {
  const word = query.get('milestone') ?? '';
  if (word === '*') return false;
  if (word === '' || word === 'none') return true;
  throw invalid('milestone', 'invalid');
}

function compareBy(sort: string, repository: Repository, a: Issue | Pull, b: Issue | Pull): number {
  if (sort === 'comments')
    return commentsOf(repository, a.number).length - commentsOf(repository, b.number).length;
  const field = sort === 'updated' ? 'updatedAt' : 'createdAt';
  return a[field].localeCompare(b[field]);
}
