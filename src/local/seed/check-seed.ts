import type { SeedFile } from './seed-file.ts';
import { type SeedMistake, show } from './seed-mistake.ts';

// What no single key can say: names that must be somebody's, and names that must be one's own.

type Path = readonly PropertyKey[];
type SeedFileRepository = SeedFile['repositories'][number];

/** Every name in a seed file that names nothing, or something twice. */
export function checkSeed(file: SeedFile): readonly SeedMistake[] {
  const people = file.users.map(({ login }) => login);
  const organizations = (file.organizations ?? []).map(({ login }) => login);
  const accounts = [...people, ...organizations];
  return [
    ...twice(accounts, (index) =>
      index < people.length
        ? ['users', index, 'login']
        : ['organizations', index - people.length, 'login'],
    ),
    ...twice(
      file.users.map((each) => each.as),
      (index) => ['users', index, 'as'],
    ),
    ...checkOrganizations(file, people),
    ...twice(
      file.repositories.map(({ owner, name }) => `${owner}/${name}`),
      (index) => ['repositories', index, 'name'],
    ),
    ...file.repositories.flatMap((repository, index) =>
      checkRepository(file, repository, ['repositories', index], { people, accounts }),
    ),
    ...oneOf('accounts', accounts, file.app?.installOn, ['app', 'installOn']),
  ];
}

function checkOrganizations(file: SeedFile, people: readonly string[]): readonly SeedMistake[] {
  return (file.organizations ?? []).flatMap(({ login, members, teams = [] }, index) => {
    const path: Path = ['organizations', index];
    const own = file.repositories.filter(({ owner }) => isSame(owner, login));
    const names = own.map(({ name }) => name);
    return [
      ...keysOf('users', people, members, [...path, 'members']),
      ...teams.flatMap((team, at) => [
        ...eachOf('users', people, team.members, [...path, 'teams', at, 'members']),
        ...keysOf(`repositories of ${login}`, names, team.repositories, [
          ...path,
          'teams',
          at,
          'repositories',
        ]),
      ]),
    ];
  });
}

interface Names {
  readonly people: readonly string[];
  readonly accounts: readonly string[];
}

function checkRepository(
  file: SeedFile,
  repository: SeedFileRepository,
  path: Path,
  { people, accounts }: Names,
): readonly SeedMistake[] {
  const { owner, issues = [], environments = [] } = repository;
  const numbers = issues.map((_, index) => index + 1);
  const teams = (file.organizations ?? []).find(({ login }) => isSame(login, owner))?.teams ?? [];
  return [
    ...oneOf('accounts', accounts, owner, [...path, 'owner']),
    ...checkSource(repository, path),
    ...oneOf('users', people, repository.commit?.author, [...path, 'commit', 'author']),
    ...keysOf('users', people, repository.collaborators, [...path, 'collaborators']),
    ...issues.flatMap((issue, index) => [
      ...checkPeople(people, issue, [...path, 'issues', index]),
      ...eachOf('issues', numbers, issue.blockedBy, [...path, 'issues', index, 'blockedBy']),
      ...eachOf('issues', numbers, issue.subIssues, [...path, 'issues', index, 'subIssues']),
    ]),
    ...checkBranches(repository, path, people),
    ...environments.flatMap(({ reviewers }, index) =>
      eachOf('users', people, reviewers, [...path, 'environments', index, 'reviewers']),
    ),
    ...(repository.rulesets ?? []).flatMap(({ bypass = [] }, index) =>
      bypass.flatMap((each, at) => {
        const slugs = teams.map(({ slug }) => slug);
        const place = [...path, 'rulesets', index, 'bypass', at, 'team'];
        return each.who === 'team' ? oneOf('teams', slugs, each.team ?? '', place) : [];
      }),
    ),
  ];
}

// A clone's branches are in the clone: what starts from them is checked when they are planted.
function checkBranches(
  repository: SeedFileRepository,
  path: Path,
  people: readonly string[],
): readonly SeedMistake[] {
  const { branches = [], pulls = [] } = repository;
  const known = [repository.defaultBranch ?? 'main', ...branches.map(({ name }) => name)];
  const branch = (name: string | undefined, place: Path) =>
    repository.git === undefined ? oneOf('branches', known, name, place) : [];
  return [
    ...twice(known, (index) => [...path, 'branches', index - 1, 'name']),
    ...branches.flatMap((each, index) => [
      ...oneOf('users', people, each.author, [...path, 'branches', index, 'author']),
      ...branch(each.from, [...path, 'branches', index, 'from']),
    ]),
    ...pulls.flatMap((pull, index) => [
      ...checkPeople(people, pull, [...path, 'pulls', index]),
      ...branch(pull.head, [...path, 'pulls', index, 'head']),
      ...branch(pull.base, [...path, 'pulls', index, 'base']),
    ]),
  ];
}

function checkSource(
  { files, folder, git, branches, defaultBranch }: SeedFileRepository,
  path: Path,
): readonly SeedMistake[] {
  const given = Object.entries({ files, folder, git }).flatMap(([key, each]) =>
    each === undefined ? [] : [key],
  );
  if (given.length > 1)
    return [{ path, message: `expected one of files, folder, git, got ${given.join(' and ')}` }];
  if (given.length === 1 || (branches ?? []).length === 0) return [];
  const message = `expected files, folder or git for the branch ${defaultBranch ?? 'main'} that branches start from, got nothing`;
  return [{ path, message }];
}

interface WithPeople {
  readonly author: string;
  readonly assignees?: readonly string[];
  readonly requestedReviewers?: readonly string[];
  readonly comments?: readonly { readonly author: string }[];
  readonly reviews?: readonly { readonly author: string }[];
}

function checkPeople(people: readonly string[], each: WithPeople, path: Path) {
  const authors = (list: WithPeople['comments'], key: string) =>
    (list ?? []).flatMap(({ author }, index) =>
      oneOf('users', people, author, [...path, key, index, 'author']),
    );
  return [
    ...oneOf('users', people, each.author, [...path, 'author']),
    ...eachOf('users', people, each.assignees, [...path, 'assignees']),
    ...eachOf('users', people, each.requestedReviewers, [...path, 'requestedReviewers']),
    ...authors(each.comments, 'comments'),
    ...authors(each.reviews, 'reviews'),
  ];
}

function keysOf(
  what: string,
  known: readonly string[],
  record: Readonly<Record<string, unknown>> | undefined,
  path: Path,
): readonly SeedMistake[] {
  return Object.keys(record ?? {}).flatMap((key) => oneOf(what, known, key, [...path, key]));
}

function eachOf<T extends string | number>(
  what: string,
  known: readonly T[],
  given: readonly T[] | undefined,
  path: Path,
): readonly SeedMistake[] {
  return (given ?? []).flatMap((each, index) => oneOf(what, known, each, [...path, index]));
}

/** How many known names a sentence lists. */
const NAMES_SHOWN = 10;

function oneOf<T extends string | number>(
  what: string,
  known: readonly T[],
  given: T | undefined,
  path: Path,
): readonly SeedMistake[] {
  if (given === undefined || known.some((each) => isSame(each, given))) return [];
  const shown = known.slice(0, NAMES_SHOWN).join(', ');
  const list = known.length > NAMES_SHOWN ? `${shown}, …` : shown || 'none';
  return [{ path, message: `expected one of the ${what} (${list}), got ${show(given)}` }];
}

function twice(
  names: readonly (string | undefined)[],
  pathOf: (index: number) => Path,
): readonly SeedMistake[] {
  const seen = new Set<string>();
  return names.flatMap((name, index) => {
    if (name === undefined) return [];
    const isKnown = seen.has(name.toLowerCase());
    seen.add(name.toLowerCase());
    const message = `expected a name of its own, got ${show(name)} a second time`;
    return isKnown ? [{ path: pathOf(index), message }] : [];
  });
}

/** Names on GitHub are equal when they differ only in case. */
function isSame(a: string | number, b: string | number): boolean {
  return String(a).toLowerCase() === String(b).toLowerCase();
}
