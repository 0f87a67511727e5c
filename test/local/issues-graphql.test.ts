import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openTestGitHub, type TestGitHub } from './api-world.ts';
import { openGh } from './gh-client.ts';

const SHOP = '/repos/acme/shop';
let test: TestGitHub;
let gh: Awaited<ReturnType<typeof openGh>>;
let ada: string;
let grace: string;
let eve: string;
beforeAll(async () => {
  test = await openTestGitHub();
  gh = await openGh(test);
  ({ ada = '', grace = '', eve = '' } = test.github.tokens);
});
afterAll(async () => {
  await gh.close();
  await test.close();
});

async function graphql(token: string, query: string, variables: object = {}) {
  return (await test.call(token, 'POST', test.github.urls.graphql, { query, variables })).body;
}

async function open(title: string): Promise<{ id: number; number: number; node_id: string }> {
  return (await test.call(ada, 'POST', `${SHOP}/issues`, { title })).body;
}

describe('the real gh', () => {
  it('assigns, finds the assigned again, and takes them off', async () => {
    const inShop = (...args: string[]) => gh.run('grace', [...args, '-R', 'acme/shop']);
    await inShop('issue', 'edit', '1', '--add-assignee', 'ada,@me');
    const both = JSON.parse(await inShop('issue', 'view', '1', '--json', 'assignees'));
    const mine = await inShop('issue', 'list', '--assignee', '@me');
    await inShop('issue', 'edit', '1', '--remove-assignee', 'ada', '--remove-label', 'bug');
    const one = JSON.parse(await inShop('issue', 'view', '1', '--json', 'assignees,labels'));
    const created = await inShop('issue', 'create', '-t', 'For ada', '-b', '', '-a', 'ada');
    const number = created.trim().split('/').at(-1);
    const shown = await test.call(ada, 'GET', `${SHOP}/issues/${number}`);

    const logins = (people: { login: string }[]) => people.map(({ login }) => login);
    expect(logins(both.assignees)).toEqual(['ada', 'grace']);
    expect(mine).toContain('The sum is wrong');
    expect(mine).not.toContain('Then this');
    expect([logins(one.assignees), one.labels]).toEqual([['grace'], []]);
    expect(logins(shown.body.assignees)).toEqual(['ada']);
  });

  it('searches issues, and shows a status of them', async () => {
    const inShop = (...args: string[]) => gh.run('grace', [...args, '-R', 'acme/shop']);
    const listed = await inShop('issue', 'list', '--search', 'sum in:title');
    const searched = await gh.run('grace', ['search', 'issues', 'sum', '--repo', 'acme/shop']);
    const status = await inShop('issue', 'status');

    expect(listed).toMatch(/^1\tOPEN\tThe sum is wrong/);
    expect(searched).toContain('The sum is wrong');
    expect(status).toMatch(/Issues assigned to you\n {2}1\tOPEN\tThe sum is wrong/);
  });
});

describe('issues in GraphQL', () => {
  it('stand below and wait for one another', async () => {
    const [parent, child, other] = [await open('Parent'), await open('Child'), await open('Other')];
    const added = await graphql(
      ada,
      `mutation($parent: ID!, $child: ID!, $other: ID!, $url: String!) {
        first: addSubIssue(input: {issueId: $parent, subIssueId: $child}) { subIssue { number } }
        second: addSubIssue(input: {issueId: $parent, subIssueUrl: $url}) { subIssue { number } }
        move: reprioritizeSubIssue(input: {issueId: $parent, subIssueId: $other, beforeId: $child}) {
          issue { subIssuesSummary { total completed percentCompleted } }
        }
        wait: addBlockedBy(input: {issueId: $child, blockingIssueId: $other}) { issue { number } }
      }`,
      {
        parent: parent.node_id,
        child: child.node_id,
        other: other.node_id,
        url: `${test.github.urls.server}/acme/shop/issues/${other.number}`,
      },
    );
    const read = await graphql(
      ada,
      `query($id: ID!) { node(id: $id) { ... on Issue {
        subIssues(first: 10) { nodes { number parent { number } } }
        timelineItems(first: 10, itemTypes: [SUB_ISSUE_ADDED_EVENT]) {
          filteredCount
          nodes { __typename ... on SubIssueAddedEvent { subIssue { number } actor { login } } }
        }
      } } }`,
      { id: parent.node_id },
    );
    const refused = await graphql(
      eve,
      'mutation($p: ID!, $c: ID!) { removeSubIssue(input: {issueId: $p, subIssueId: $c}) { issue { id } } }',
      { p: parent.node_id, c: child.node_id },
    );

    expect(added.errors).toBeUndefined();
    expect(added.data.move.issue.subIssuesSummary).toMatchObject({ total: 2, completed: 0 });
    expect(read.data.node.subIssues.nodes).toEqual([
      { number: other.number, parent: { number: parent.number } },
      { number: child.number, parent: { number: parent.number } },
    ]);
    expect(read.data.node.timelineItems).toMatchObject({
      filteredCount: 2,
      nodes: [{ subIssue: { number: child.number } }, { actor: { login: 'ada' } }],
    });
    expect(refused.errors[0].type).toBe('FORBIDDEN');
  });

  it('are commented, corrected and reacted to', async () => {
    const issue = await open('Talk');
    const added = await graphql(
      eve,
      'mutation($id: ID!) { addComment(input: {subjectId: $id, body: "frist"}) { commentEdge { node { id } } } }',
      { id: issue.node_id },
    );
    const id = added.data.addComment.commentEdge.node.id;
    const changed = await graphql(
      eve,
      `mutation($id: ID!) {
        updateIssueComment(input: {id: $id, body: "first"}) { issueComment { body issue { title } } }
        addReaction(input: {subjectId: $id, content: ROCKET}) {
          reaction { content user { login } }
          reactionGroups { content reactors(first: 1) { totalCount } }
        }
      }`,
      { id },
    );
    const foreign = await graphql(
      eve,
      'mutation($id: ID!) { deleteIssueComment(input: {id: $id}) { clientMutationId } }',
      {
        id: (await test.call(grace, 'POST', `${SHOP}/issues/1/comments`, { body: 'x' })).body
          .node_id,
      },
    );
    const gone = await graphql(
      eve,
      'mutation($id: ID!) { deleteIssueComment(input: {id: $id}) { clientMutationId } }',
      { id },
    );

    expect(changed.data.updateIssueComment.issueComment).toEqual({
      body: 'first',
      issue: { title: 'Talk' },
    });
    expect(changed.data.addReaction.reaction).toEqual({
      content: 'ROCKET',
      user: { login: 'eve' },
    });
    expect(changed.data.addReaction.reactionGroups).toContainEqual({
      content: 'ROCKET',
      reactors: { totalCount: 1 },
    });
    expect(foreign.errors[0].type).toBe('FORBIDDEN');
    expect(gone.errors).toBeUndefined();
    expect((await test.call(ada, 'GET', `${SHOP}/issues/${issue.number}/comments`)).body).toEqual(
      [],
    );
  });

  it('tell their history with the type of each event', async () => {
    const issue = await open('Old');
    const path = `${SHOP}/issues/${issue.number}`;
    await test.call(ada, 'PATCH', path, { title: 'New', assignees: ['grace'], labels: ['bug'] });
    await test.call(ada, 'PATCH', path, { state: 'closed', state_reason: 'duplicate' });
    const { data, errors } = await graphql(
      ada,
      `query($number: Int!) { repository(owner: "acme", name: "shop") { issue(number: $number) {
        stateReason
        exact: stateReason(enableDuplicate: true)
        timelineItems(first: 20) { totalCount nodes {
          __typename
          ... on RenamedTitleEvent { previousTitle currentTitle }
          ... on LabeledEvent { label { name } }
          ... on AssignedEvent { assignee { ... on User { login } } }
          ... on ClosedEvent { stateReason closable { closed } }
        } }
      } } }`,
      { number: issue.number },
    );

    expect(errors).toBeUndefined();
    expect(data.repository.issue).toEqual({
      stateReason: 'NOT_PLANNED',
      exact: 'DUPLICATE',
      timelineItems: {
        totalCount: 4,
        nodes: [
          { __typename: 'RenamedTitleEvent', previousTitle: 'Old', currentTitle: 'New' },
          { __typename: 'LabeledEvent', label: { name: 'bug' } },
          { __typename: 'AssignedEvent', assignee: { login: 'grace' } },
          { __typename: 'ClosedEvent', stateReason: 'DUPLICATE', closable: { closed: true } },
        ],
      },
    });
  });

  it('take the assignees that newer clients set all at once', async () => {
    const issue = await open('For two');
    const set = (token: string, actorLogins: string[]) =>
      graphql(
        token,
        `mutation($input: ReplaceActorsForAssignableInput!) {
          replaceActorsForAssignable(input: $input) { assignable { ... on Issue {
            assignedActors(first: 10) { totalCount nodes { ... on User { login } } }
          } } }
        }`,
        { input: { assignableId: issue.node_id, actorLogins } },
      );
    const actors = await graphql(
      ada,
      `{ repository(owner: "acme", name: "shop") {
        suggestedActors(first: 10, capabilities: [CAN_BE_ASSIGNED], query: "gra") { nodes { login } }
      } }`,
    );
    const refused = await set(eve, ['grace']);
    await set(grace, ['ada', 'grace']);
    const last = await set(grace, ['grace', 'eve']);
    const unknown = await set(grace, ['nobody']);

    expect(actors.data.repository.suggestedActors.nodes).toEqual([{ login: 'grace' }]);
    expect([refused.errors[0].type, unknown.errors[0].type]).toEqual(['FORBIDDEN', 'NOT_FOUND']);
    expect(last.data.replaceActorsForAssignable.assignable.assignedActors).toEqual({
      totalCount: 1,
      nodes: [{ login: 'grace' }],
    });
  });

  it('show their text as safe HTML, and what the viewer may do', async () => {
    const body = 'Do **this** <script>alert(1)</script>';
    const { body: issue } = await test.call(ada, 'POST', `${SHOP}/issues`, {
      title: 'a < b',
      body,
    });
    await test.call(grace, 'POST', `${SHOP}/issues/${issue.number}/comments`, { body: '*yes*' });
    const fields = 'bodyHTML resourcePath viewerCanUpdate viewerCanReact viewerDidAuthor';
    const read = (token: string) =>
      graphql(
        token,
        `query($id: ID!) { node(id: $id) { ... on Issue {
          ${fields} titleHTML viewerCanClose viewerCanLabel viewerCannotUpdateReasons
          linkedBranches(first: 1) { totalCount } trackedIssuesCount
          comments(first: 1) { nodes { ${fields} viewerCanMinimize } }
        } } }`,
        { id: issue.node_id },
      );
    const [own, foreign] = [await read(ada), await read(eve)];

    expect([own.errors, foreign.errors]).toEqual([undefined, undefined]);
    expect(own.data.node).toMatchObject({
      titleHTML: 'a &lt; b',
      resourcePath: `/acme/shop/issues/${issue.number}`,
      viewerCanUpdate: true,
      viewerDidAuthor: true,
      comments: { nodes: [{ bodyHTML: '<p><em>yes</em></p>' }] },
    });
    expect(own.data.node.bodyHTML).toContain('<strong>this</strong>');
    expect(own.data.node.bodyHTML).not.toContain('<script');
    expect(foreign.data.node).toMatchObject({
      viewerCanUpdate: false,
      viewerCanLabel: false,
      viewerCannotUpdateReasons: ['INSUFFICIENT_ACCESS'],
    });
  });

  it('are found by words, and only by those who may see them', async () => {
    await test.call(ada, 'POST', '/repos/acme/vault/issues', { title: 'A hidden sum' });
    const query = `{ search(query: "sum in:title is:issue", type: ISSUE, first: 5) {
      issueCount nodes { ... on Issue { title } }
    } }`;

    expect((await graphql(ada, query)).data.search.issueCount).toBe(2);
    expect((await graphql(eve, query)).data.search).toEqual({
      issueCount: 1,
      nodes: [{ title: 'The sum is wrong' }],
    });
  });
});
