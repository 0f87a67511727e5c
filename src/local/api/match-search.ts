import type { Issue } from '#local/record/issue.ts';
import type { Pull } from '#local/record/pull.ts';
import type { Repository } from '#local/record/repository.ts';
import type { World } from '../world.ts';
import type { SearchTerm } from './parse-search.ts';
import { parentOf } from './place-issue.ts';
import { commentsOf } from './render-issue.ts';
import { hasLabel, mentions } from './select-issues.ts';

/** One thing a search may find. */
export interface Candidate {
  readonly repository: Repository;
  readonly subject: Issue | Pull;
}

/** Who searches, of which world, and in which fields bare words are looked for. */
export interface SearchContext {
  readonly world: World;
  /** What `@me` means; null for a token that is nobody. */
  readonly me: string | null;
  readonly fields: readonly string[];
}

type Test = (context: SearchContext, candidate: Candidate, value: string) => boolean;

const TESTS: Readonly<Record<string, Test>> = {
  '': hasText,
  assignee: (context, { subject }, value) => {
    const user = findUser(context, value);
    return value === '*' ? subject.assignees.length > 0 : subject.assignees.includes(user?.id ?? 0);
  },
  author: (context, { subject }, value) => subject.authorId === findUser(context, value)?.id,
  base: (_, { subject }, value) => 'baseRef' in subject && subject.baseRef === value,
  closed: (_, { subject }, value) => isInRange(subject.closedAt ?? '', value),
  commenter: (context, candidate, value) => hasCommented(context, candidate, value),
  comments: (_, { repository, subject }, value) =>
    isInRange(commentsOf(repository, subject.number).length, value),
  created: (_, { subject }, value) => isInRange(subject.createdAt, value),
  draft: (_, { subject }, value) => 'draft' in subject && String(subject.draft) === value,
  head: (_, { subject }, value) => 'headRef' in subject && subject.headRef === value,
  involves: (context, candidate, value) =>
    ['author', 'assignee', 'commenter', 'mentions'].some((key) =>
      TESTS[key]?.(context, candidate, value),
    ),
  is: isKind,
  label: (_, { subject }, value) => hasLabel(subject.labels, value),
  mentions: (context, { subject }, value) => {
    const user = findUser(context, value);
    return user !== undefined && mentions(subject.body, user);
  },
  no: (context, candidate, value) => lacks(context, candidate, value.toLowerCase()),
  org: (context, { repository }, value) => repository.ownerId === findUser(context, value)?.id,
  'parent-issue': ({ world }, { subject }, value) => {
    const parent = parentOf(world, subject);
    const name = parent && `${world.fullName(parent.repository)}#${parent.issue.number}`;
    return name?.toLowerCase() === value.toLowerCase();
  },
  reason: (_, { subject }, value) =>
    'stateReason' in subject && subject.stateReason === value.replace(' ', '_'),
  repo: ({ world }, { repository }, value) =>
    world.fullName(repository).toLowerCase() === value.toLowerCase(),
  'review-requested': (context, { subject }, value) =>
    'requestedReviewers' in subject &&
    subject.requestedReviewers.includes(findUser(context, value)?.id ?? 0),
  state: isKind,
  type: isKind,
  updated: (_, { subject }, value) => isInRange(subject.updatedAt, value),
  user: (context, { repository }, value) => repository.ownerId === findUser(context, value)?.id,
};

/** Whether a candidate meets one condition. `in` and `sort` are none. */
export function meetsTerm(context: SearchContext, candidate: Candidate, term: SearchTerm): boolean {
  const test = TESTS[term.key];
  if (!test) return true;
  const isMet = term.values.some((value) => test(context, candidate, value));
  return isMet !== term.isNegated;
}

function findUser({ world, me }: SearchContext, value: string) {
  const login = value === '@me' ? (me ?? '') : value;
  return world.userByLogin(login.replace(/^app\/(.+)$/, '$1[bot]'));
}

function hasText(context: SearchContext, { repository, subject }: Candidate, value: string) {
  const comments = commentsOf(repository, subject.number).map((comment) => comment.body);
  const texts = {
    title: [subject.title],
    body: [subject.body],
    comments,
  };
  const word = value.toLowerCase();
  return Object.entries(texts).some(
    ([field, values]) =>
      context.fields.includes(field) && values.some((text) => text.toLowerCase().includes(word)),
  );
}

function hasCommented(context: SearchContext, candidate: Candidate, value: string): boolean {
  const id = findUser(context, value)?.id;
  return commentsOf(candidate.repository, candidate.subject.number).some(
    (comment) => comment.authorId === id,
  );
}

/** `is:` and its older forms `type:` and `state:`. An unknown kind is nothing's. */
function isKind(_: SearchContext, { repository, subject }: Candidate, value: string): boolean {
  const isPull = 'headRef' in subject;
  switch (value.toLowerCase()) {
    case 'issue':
      return !isPull;
    case 'pr':
    case 'pull-request':
      return isPull;
    case 'open':
    case 'closed':
      return subject.state === value.toLowerCase();
    case 'merged':
      return isPull && subject.merged;
    case 'unmerged':
      return isPull && subject.state === 'closed' && !subject.merged;
    case 'draft':
      return isPull && subject.draft;
    case 'public':
      return !repository.private;
    case 'private':
      return repository.private;
    case 'unlocked':
      return true;
    default:
      return false;
  }
}

function lacks({ world }: SearchContext, { subject }: Candidate, what: string): boolean {
  switch (what) {
    case 'label':
      return subject.labels.length === 0;
    case 'assignee':
      return subject.assignees.length === 0;
    case 'milestone':
    case 'project':
    case 'type':
      return true;
    case 'parent-issue':
      return parentOf(world, subject) === undefined;
    default:
      return false;
  }
}

/** `>=x`, `>x`, `<=x`, `<x`, `x..y` with `*` for open ends, or `x`; dates may be days. */
function isInRange(actual: string | number, range: string): boolean {
  if (actual === '') return false;
  const [, operator = '', bound = ''] = /^(>=|<=|>|<)(.+)$/.exec(range) ?? [];
  if (operator !== '') {
    const order = compare(actual, bound);
    if (operator.startsWith('>')) return order > 0 || (operator === '>=' && order === 0);
    return order < 0 || (operator === '<=' && order === 0);
  }
  const [from = '*', to = from] = range.split('..');
  return (from === '*' || compare(actual, from) >= 0) && (to === '*' || compare(actual, to) <= 0);
}

/** A date is compared as far as the bound says: a day holds all of its hours. */
function compare(actual: string | number, bound: string): number {
  if (typeof actual === 'number') return actual - Number(bound);
  return actual.slice(0, bound.length).localeCompare(bound.replace(/Z$|\+00:00$/, 'Z'));
}
