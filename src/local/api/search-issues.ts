import type { Principal } from '#local/record/principal.ts';
import type { Repository } from '#local/record/repository.ts';
import type { World } from '../world.ts';
import { canSee, hasPermission } from './access.ts';
import { invalid } from './field.ts';
import { type Candidate, meetsTerm, type SearchContext } from './match-search.ts';
import { parseSearch, type SearchTerm, type SearchTree, termsOf } from './parse-search.ts';
import { commentsOf } from './render-issue.ts';
import { reactionsTo } from './render-reaction.ts';
import { HttpError } from './route.ts';

/** GitHub's own bound on the text of a search, without its qualifiers. */
const TEXT_CHARS_MAX = 256;
const FIELDS = ['title', 'body', 'comments'];
const PLACES = ['repo', 'org', 'user'];

export interface Search {
  readonly q: string;
  /** `created`, `updated`, `comments`, …; undefined is GitHub's best match, here the newest. */
  readonly sort: string | undefined;
  readonly order: 'asc' | 'desc';
}

/**
 * The issues and pull requests that a search finds among those the caller may see. Throws 422 for
 * a text that is too long, or that names only repositories and accounts out of reach.
 */
export function searchIssues(
  world: World,
  principal: Principal,
  { q, sort, order }: Search,
): readonly Candidate[] {
  const tree = parseSearch(q);
  if (!tree) throw refused('More than five AND / OR / NOT operators were used.');
  const terms = termsOf(tree);
  const text = terms.flatMap((term) => (term.key === '' ? term.values : [])).join(' ');
  if (text.length > TEXT_CHARS_MAX)
    throw refused(`The search is longer than ${TEXT_CHARS_MAX} characters.`);
  const repositories = [...world.repositories.values()].filter((each) =>
    canSee(world, each, principal),
  );
  checkPlaces(world, repositories, terms);
  const inFields = terms.filter((term) => term.key === 'in').flatMap((term) => term.values);
  const fields = inFields.length > 0 ? inFields : FIELDS;
  const context: SearchContext = { world, me: loginOf(principal), fields };
  const sorting = terms.find((term) => term.key === 'sort')?.values[0] ?? '';
  const [, asked, direction] = /^(.+)-(asc|desc)$/.exec(sorting) ?? [];
  const ascending = (direction ?? order) === 'asc' ? 1 : -1;
  const keyOf = sortKey(asked ?? sort);
  return repositories
    .flatMap((repository) => candidatesOf(repository, principal))
    .filter((candidate) => meetsTree(context, candidate, tree))
    .sort((a, b) => ascending * (keyOf(a) - keyOf(b) || a.subject.id - b.subject.id));
}

/** Of several places that stand together, one is enough: no issue is in two of them. */
function meetsTree(context: SearchContext, candidate: Candidate, tree: SearchTree): boolean {
  const meets = (each: SearchTree) => meetsTree(context, candidate, each);
  switch (tree.kind) {
    case 'term':
      return meetsTerm(context, candidate, tree.term);
    case 'not':
      return !meets(tree.part);
    case 'some':
      // A side of OR without a condition says nothing.
      return tree.parts.filter((each) => termsOf(each).length > 0).some(meets);
    case 'every': {
      const places = tree.parts.filter(isPlace);
      const others = tree.parts.filter((each) => !isPlace(each));
      return (places.length === 0 || places.some(meets)) && others.every(meets);
    }
  }
}

function isPlace(tree: SearchTree): boolean {
  return tree.kind === 'term' && PLACES.includes(tree.term.key) && !tree.term.isNegated;
}

function refused(message: string): HttpError {
  return new HttpError(422, 'Validation Failed', [
    { message, resource: 'Search', field: 'q', code: 'invalid' },
  ]);
}

function loginOf(principal: Principal): string | null {
  if (principal.kind === 'user') return principal.user.login;
  if (principal.kind === 'installation' || principal.kind === 'job') return principal.bot.login;
  return null;
}

/** A place that cannot be searched is an error of its own, so that it is not taken for empty. */
function checkPlaces(
  world: World,
  visible: readonly Repository[],
  terms: readonly SearchTerm[],
): void {
  const names = terms.filter((term) => term.key === 'repo').flatMap((term) => term.values);
  const known = visible.map((repository) => world.fullName(repository).toLowerCase());
  const accounts = terms
    .filter(({ key }) => key === 'org' || key === 'user' || key === 'author' || key === 'assignee')
    .flatMap((term) => term.values)
    .filter((value) => value !== '@me' && value !== '*');
  const isMissing =
    names.some((name) => !known.includes(name.toLowerCase())) ||
    accounts.some((login) => !world.userByLogin(login.replace(/^app\/(.+)$/, '$1[bot]')));
  if (isMissing)
    throw refused(
      'The listed users and repositories cannot be searched either because the resources do not exist or you do not have permission to view them.',
    );
}

/** What a token may read: a person sees both kinds, an App those of its permissions. */
function candidatesOf(repository: Repository, principal: Principal): readonly Candidate[] {
  const mayRead = (permission: string) =>
    principal.kind === 'user' ||
    ('permissions' in principal && hasPermission(principal, permission));
  return [
    ...(mayRead('issues:read') ? repository.issues.values() : []),
    ...(mayRead('pull_requests:read') ? repository.pulls.values() : []),
  ].map((subject) => ({ repository, subject }));
}

/** What results are ordered by, as a number. */
function sortKey(sort: string | undefined): (candidate: Candidate) => number {
  const countComments = ({ repository, subject }: Candidate) =>
    commentsOf(repository, subject.number).length;
  const reactions = ({ repository, subject }: Candidate) =>
    reactionsTo(repository, 'issue', subject.number);
  switch (sort) {
    case 'comments':
      return countComments;
    case 'reactions':
      return (candidate) => reactions(candidate).length;
    case 'interactions':
      return (candidate) => countComments(candidate) + reactions(candidate).length;
    case 'updated':
      return ({ subject }) => Date.parse(subject.updatedAt);
    case undefined:
    case 'created':
      return ({ subject }) => Date.parse(subject.createdAt);
    default:
      return byEmoji(sort, reactions);
  }
}

/** GitHub's search has names of its own for four of the emoji. */
const EMOJI: Readonly<Record<string, string>> = {
  smile: 'laugh',
  tada: 'hooray',
  thinking_face: 'confused',
};

function byEmoji(
  sort: string,
  reactions: (candidate: Candidate) => readonly { readonly content: string }[],
): (candidate: Candidate) => number {
  const [, name] = /^reactions-(.+)$/.exec(sort) ?? [];
  if (name === undefined) throw invalid('sort', 'invalid');
  const content = EMOJI[name] ?? name;
  return (candidate) => reactions(candidate).filter((each) => each.content === content).length;
}
