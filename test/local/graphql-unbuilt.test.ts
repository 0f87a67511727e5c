// What the local GitHub has not built says so, in GraphQL as in REST: no client takes it for done.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';
import { readSchema } from '#local/graphql/schema.ts';
import { openTestGitHub, type TestGitHub } from './api-world.ts';

let test: TestGitHub;
beforeAll(async () => {
  test = await openTestGitHub();
});
afterAll(() => test.close());

async function ask(query: string) {
  const token = test.github.tokens.ada ?? '';
  return (await test.call(token, 'POST', test.github.urls.graphql, { query })).body;
}

/** A literal of a type, with nothing in it that is not required. */
function literal(type: GraphQLInputType): string {
  if (isNonNullType(type)) return literal(type.ofType);
  if (isListType(type)) return '[]';
  if (isEnumType(type)) return type.getValues()[0]?.name ?? '';
  if (!isInputObjectType(type)) return scalars[type.name] ?? '"x"';
  const fields = Object.values(type.getFields()).filter((each) => isNonNullType(each.type));
  return `{${fields.map((each) => `${each.name}:${literal(each.type)}`).join(',')}}`;
}
const scalars: Readonly<Record<string, string>> = { Int: '1', Boolean: 'false', Float: '1' };

/** What the product and gh cannot do without. */
const needed = [
  'addBlockedBy',
  'addComment',
  'addPullRequestReview',
  'closeIssue',
  'createCommitOnBranch',
  'createPullRequest',
  'enqueuePullRequest',
  'markPullRequestReadyForReview',
  'mergePullRequest',
  'resolveReviewThread',
  'updateIssueComment',
  'updatePullRequestBranch',
];

describe('GraphQL', () => {
  it('answers every mutation of the schema: as built, or as not built by its name', async () => {
    const fields = Object.values(readSchema().getMutationType()?.getFields() ?? {});
    expect(fields.length).toBeGreaterThan(200);
    const found: string[] = [];
    for (let from = 0; from < fields.length; from += 60) {
      const some = fields.slice(from, from + 60);
      const lines = some.map((each) => {
        const input = each.args.map((one) => `${one.name}:${literal(one.type)}`).join(',');
        return `${each.name}(${input}){clientMutationId}`;
      });
      const { errors } = await ask(`mutation{${lines.join('\n')}}`);
      for (const { name } of some) {
        const error = errors.find((each: { path?: string[] }) => each.path?.[0] === name);
        // Nothing has the id "x": whoever answers without an error has pretended.
        expect({ name, error }).toEqual({ name, error: expect.anything() });
        if (error.type === 'NOT_IMPLEMENTED')
          expect(error.message).toContain(`Mutation.${name} is not built in this local GitHub`);
        else found.push(name);
      }
    }

    expect(found).toEqual(expect.arrayContaining(needed));
    expect(found.length).toBeLessThan(fields.length / 2);
  });

  it.each([
    ['a root', '{marketplaceListing(slug:"x"){name}}', 'Query.marketplaceListing'],
    [
      'a field',
      '{repository(owner:"acme",name:"shop"){deployKeys{totalCount}}}',
      'Repository.deployKeys',
    ],
    [
      'a field of a list',
      '{repository(owner:"acme",name:"shop"){issues(first:1){nodes{hovercard{contexts{message}}}}}}',
      'Issue.hovercard',
    ],
  ])('names %s that is not built', async (_, query, name) => {
    const { errors } = await ask(query);

    expect(errors).toEqual([
      expect.objectContaining({
        type: 'NOT_IMPLEMENTED',
        message: `${name} is not built in this local GitHub; docs/local-github.md lists what is.`,
      }),
    ]);
  });

  it('answers null where GitHub would, without an error', async () => {
    const reply = await ask(
      '{repository(owner:"acme",name:"shop"){latestRelease{name} releases(first:1){totalCount} licenseInfo{name}}}',
    );

    expect(reply).toEqual({
      data: { repository: { latestRelease: null, releases: { totalCount: 0 }, licenseInfo: null } },
    });
  });
});
