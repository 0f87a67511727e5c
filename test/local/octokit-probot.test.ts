// The libraries that everybody's Apps are made of, unmodified: Probot with its Octokit, whose plugins
// page through lists, retry and throttle; and @octokit/graphql.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { graphql } from '@octokit/graphql';
import { createNodeMiddleware, Probot, ProbotOctokit } from 'probot';
import { openTestGitHub, type TestGitHub } from './api-world.ts';

let world: TestGitHub;

beforeAll(async () => {
  world = await openTestGitHub();
});
afterAll(() => world.close());

describe('Octokit', () => {
  const person = () =>
    new ProbotOctokit({
      auth: { token: world.github.tokens.ada },
      baseUrl: world.github.urls.rest,
      throttle: { enabled: false },
      log: silent,
    });
  const at = { owner: 'acme', repo: 'shop' };

  it('pages through a list by its Link header, none lost and none twice', async () => {
    const octokit = person();
    const titles = Array.from({ length: 23 }, (_, index) => `Paged ${index}`);
    for (const title of titles) await octokit.rest.issues.create({ ...at, title });

    const pages: number[] = [];
    const issues = await octokit.paginate(
      octokit.rest.issues.listForRepo,
      { ...at, per_page: 10, sort: 'created', direction: 'asc' },
      ({ data }) => {
        pages.push(data.length);
        return data;
      },
    );

    expect(issues.map(({ title }) => title).filter((title) => title.startsWith('Paged'))).toEqual(
      titles,
    );
    expect(pages).toEqual([10, 10, issues.length - 20]);
  });

  it('gets errors as it gets them from GitHub: status, message and documentation', async () => {
    const octokit = person();
    await expect(octokit.rest.issues.get({ ...at, issue_number: 999 })).rejects.toMatchObject({
      status: 404,
      message: expect.stringContaining('Not Found'),
      response: {
        data: { documentation_url: expect.stringMatching(/^https:\/\/docs\.github\.com/) },
      },
    });
    await expect(octokit.rest.issues.create({ ...at, title: '' })).rejects.toMatchObject({
      status: 422,
    });
  });

  it('asks for what has not changed at no cost', async () => {
    const octokit = person();
    const first = await octokit.rest.repos.get(at);
    const again = octokit.rest.repos.get({
      ...at,
      headers: { 'if-none-match': first.headers.etag ?? '' },
    });

    await expect(again).rejects.toMatchObject({ status: 304 });
  });

  it('queries GraphQL with variables, and hears of a field that does not exist', async () => {
    const ask = graphql.defaults({
      baseUrl: world.github.urls.graphql.replace(/\/graphql$/, ''),
      headers: { authorization: `token ${world.github.tokens.ada}` },
    });
    const query = (field: string) =>
      `query($name: String!) { repository(owner: "acme", name: $name) { ${field} } }`;

    expect(await ask(query('nameWithOwner'), { name: 'shop' })).toEqual({
      repository: { nameWithOwner: 'acme/shop' },
    });
    await expect(ask(query('colour'), { name: 'shop' })).rejects.toMatchObject({
      errors: [
        expect.objectContaining({
          extensions: expect.objectContaining({ code: 'undefinedField' }),
        }),
      ],
    });
  });
});

describe('Probot', () => {
  let server: Server;
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('takes a signed delivery, gets its installation token by itself, and answers on the issue', async () => {
    const { app, urls, tokens } = world.github;
    if (!app) throw new Error('expected the seed to hold an App');
    const probot = new Probot({
      appId: app.id,
      privateKey: app.privateKeyPem,
      secret: app.webhookSecret,
      baseUrl: urls.rest,
      logLevel: 'fatal',
    });
    const middleware = await createNodeMiddleware(
      (robot) => {
        robot.on('issues.opened', async (context) => {
          await context.octokit.rest.issues.createComment(context.issue({ body: 'Thanks!' }));
        });
      },
      { probot, webhooksPath: '/hook' },
    );
    server = createServer((request, response) => void middleware(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    world.github.setWebhook(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`);

    const issue = await world.call(tokens.grace ?? '', 'POST', '/repos/acme/shop/issues', {
      title: 'Hello',
    });
    await world.github.idle();
    const comments = await world.call(
      null,
      'GET',
      `/repos/acme/shop/issues/${issue.body.number}/comments`,
    );

    expect(comments.body).toEqual([
      expect.objectContaining({
        body: 'Thanks!',
        user: expect.objectContaining({ login: 'sally[bot]', type: 'Bot' }),
        performed_via_github_app: expect.objectContaining({ slug: 'sally' }),
      }),
    ]);
  });
});

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
