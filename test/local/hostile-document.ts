import { openDice } from './hostile-request.ts';

/** One body for the GraphQL endpoint, as it goes over the wire. */
export interface HostileDocument {
  /** What it tries. */
  readonly kind: string;
  readonly body: string;
}

const FIELDS = [
  'id',
  'name',
  'nameWithOwner',
  'viewerPermission',
  'issue(number: 1) { title body labels(first: 5) { nodes { name } } comments(first: 3) { totalCount } }',
  'issue(number: 999) { title }',
  'issues(first: 3, states: OPEN) { nodes { number author { login } } pageInfo { endCursor } }',
  'issues(last: 101) { totalCount }',
  'issues(first: -1) { totalCount }',
  'issues(first: 2, after: "nonsense") { totalCount }',
  'pullRequests(first: 2) { nodes { mergeable commits(last: 1) { nodes { commit { oid } } } } }',
  'defaultBranchRef { name target { oid ... on Commit { history(first: 1) { nodes { message } } } } }',
  'object(expression: "main:README.md") { ... on Blob { text } }',
  'object(expression: "main^{/(}") { oid }',
  'object(expression: "--output=x") { oid }',
  'ref(qualifiedName: "refs/heads/../x") { name }',
  'discussions(first: 1) { totalCount }',
  'projectsV2(first: 1) { totalCount }',
  'vulnerabilityAlerts(first: 1) { totalCount }',
  'favouriteColour',
  '__proto__',
  'constructor { name }',
  '__typename',
];
const IDS = ['', 'I_1', 'R_kgDO', 'x'.repeat(2000), '__proto__', '\u0000', 'SXNzdWU6MQ==', '💥'];
const VALUES = [null, 0, -1, 1e308, 1.5, true, '', 'main', [], [[null]], {}, '\ud800', 2 ** 53];
const MUTATIONS = [
  'addComment(input: $input) { clientMutationId }',
  'createIssue(input: $input) { issue { number } }',
  'updateIssue(input: $input) { issue { title } }',
  'closeIssue(input: $input) { issue { state } }',
  'addLabelsToLabelable(input: $input) { clientMutationId }',
  'addSubIssue(input: $input) { issue { number } }',
  'addBlockedBy(input: $input) { issue { number } }',
  'createPullRequest(input: $input) { pullRequest { number } }',
  'mergePullRequest(input: $input) { pullRequest { merged } }',
  'addPullRequestReview(input: $input) { clientMutationId }',
  'resolveReviewThread(input: $input) { clientMutationId }',
  'createCommitOnBranch(input: $input) { commit { oid } }',
  'deleteRepository(input: $input) { clientMutationId }',
  'noSuchThing(input: $input) { clientMutationId }',
];
const INPUTS = [
  'subjectId',
  'body',
  'repositoryId',
  'title',
  'id',
  'issueId',
  'labelableId',
  'labelIds',
  'subIssueId',
  'blockingIssueId',
  'pullRequestId',
  'threadId',
  'baseRefName',
  'headRefName',
  'event',
  'branch',
  'message',
  'fileChanges',
  'expectedHeadOid',
  'clientMutationId',
  '__proto__',
];
const BROKEN = ['', '{', 'null', '[]', '7', '"query"', '\u0000', '{"query":}', '{"query":1}', '{}'];
const UNREADABLE = ['{', 'query {', '}', 'query ($a: ) { a }', '"""', '{ a(b: ) }', '…', '#', '{}'];

/** A generator of hostile bodies: the same seed gives the same. `ids` are of things that are there. */
export function openDocuments(seed: number, ids: readonly string[]): () => HostileDocument {
  const dice = openDice(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(dice() * list.length)] as T;
  const some = <T>(list: readonly T[], most: number): T[] =>
    Array.from({ length: 1 + Math.floor(dice() * most) }, () => pick(list));
  const name = (word: string) => some([word], 1)[0]?.replace(/^/, dice() < 0.9 ? '' : 'x') ?? word;
  const inShop = (inner: string) =>
    `repository(owner: "${name('acme')}", name: "${name('shop')}") { ${inner} }`;
  const wrap = (query: unknown, variables: unknown = {}) => JSON.stringify({ query, variables });
  const input = () =>
    Object.fromEntries(
      some(INPUTS, 8).map((key) => [
        key,
        dice() < 0.5 ? pick(ids) : pick<unknown>([...IDS, ...VALUES]),
      ]),
    );
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
  const deep = (open: string, inner: string) => {
    const depth = pick([3, 30, 300, 3000]);
    const levels = open.split('{').length - 1;
    return `${open.repeat(depth)}${inner}${'}'.repeat(depth * levels)}`;
  };
  /** Each fragment asks for the next one twice: short to write, endless to answer. */
  const bomb = () => {
    const count = pick([2, 8, 40]);
    const parts = Array.from({ length: count }, (_, index) => {
      const next = index + 1 < count ? `...f${index + 1}` : 'id';
      const issue = `issue(number: 1) { repository { ${next} } }`;
      return `fragment f${index} on Repository { a: ${issue} b: ${issue} }`;
    });
    return `{ ${inShop('...f0')} } ${parts.join(' ')}`;
  };
  const attacks: Readonly<Record<string, () => string>> = {
    'malformed JSON': () => pick(BROKEN),
    'unreadable document': () => wrap(pick(UNREADABLE)),
    'fields that may not be': () =>
      wrap(`{ ${inShop(some(FIELDS, 3).join(' '))} viewer { login } }`),
    'wrong variables': () =>
      wrap(
        `query ($n: Int!) { ${inShop('issue(number: $n) { title }')} }`,
        pick<unknown>([{ n: pick(VALUES) }, ...VALUES]),
      ),
    'nodes that may not be': () =>
      wrap('query ($id: ID!) { node(id: $id) { id __typename } }', { id: pick([...ids, ...IDS]) }),
    mutation: () =>
      wrap(
        `mutation ($input: ${pick(['AddCommentInput!', 'CreateIssueInput!', 'UpdateIssueInput!', 'Nothing!'])}) { ${pick(MUTATIONS)} }`,
        { input: input() },
      ),
    'fitting mutation': () => {
      const mutation = pick(MUTATIONS);
      const type = `${mutation.slice(0, 1).toUpperCase()}${mutation.slice(1, mutation.indexOf('('))}`;
      return wrap(`mutation ($input: ${type}Input!) { ${mutation} }`, { input: input() });
    },
    'deep nesting': () =>
      wrap(
        pick([
          deep('{ a', ' { b } '),
          `{ ${inShop(deep('issue(number: 1) { repository { ', 'id '))} }`,
          `{ ${inShop(deep('... on Repository { ', 'id '))} }`,
          `{ nodes(ids: ${nested(pick([2, 90, 4000]))}) { id } }`,
        ]),
      ),
    'deep variables': () => `{"query":"{ viewer { login } }","variables":{"a":${nested(20_000)}}}`,
    bomb: () => wrap(bomb()),
    'fragments in a ring': () =>
      wrap('{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }'),
    operations: () =>
      JSON.stringify({
        query: 'query a { viewer { login } } query b { viewer { id } }',
        operationName: pick<unknown>(['a', 'b', 'c', null, 7, {}]),
      }),
    introspection: () =>
      wrap(
        pick([
          '{ __schema { types { name } } }',
          '{ __type(name: "Nothing") { name } }',
          `{ __schema { ${deep('types { fields { type { ', 'name } } ')} } }`,
        ]),
      ),
    directives: () =>
      wrap(`query ($b: Boolean!) { viewer { login @include(if: $b) @skip(if: "no") @no } }`, {
        b: pick(VALUES),
      }),
    search: () =>
      wrap('query ($q: String!) { search(query: $q, type: ISSUE, first: 2) { issueCount } }', {
        q: pick([
          'repo:acme/shop',
          '',
          '"',
          'x'.repeat(300),
          'a:b:c -',
          'repo:no/where',
          'created:>..',
        ]),
      }),
    'long list': () =>
      wrap(
        `{ ${Array.from({ length: pick([10, 9000]) }, (_, at) => `a${at}: viewer { login }`).join(' ')} }`,
      ),
  };
  const kinds = Object.keys(attacks);
  return () => {
    const kind = pick(kinds);
    return { kind, body: attacks[kind]?.() ?? '' };
  };
}
