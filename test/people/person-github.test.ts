// What GitHub might answer some day, or somebody in its place: more than was asked.
import { describe, expect, it } from '@jest/globals';
import { openPersonGitHub } from '#github/person.ts';
import type { Asked, Requester } from '#github/requester.ts';

const route = 'POST /repos/{owner}/{repo}/pulls';
const repository = { id: 7, ownerId: 3, owner: 'acme', name: 'shop' };
const narrowed = {
  token: 'ghu_narrow',
  installation: {
    permissions: { metadata: 'read', pull_requests: 'write' },
    repository_selection: 'selected',
  },
};
const pair = {
  access_token: 'ghu_whole',
  expires_in: 28_800,
  refresh_token: 'ghr_whole',
  refresh_token_expires_in: 15_897_600,
};

/** A GitHub that gives this answer, and what it was asked. */
function open(data: object) {
  const asked: (Asked & { readonly authorization: string | null })[] = [];
  const requester = {
    call: async (_stage: string, authorization: string | null, what: Asked) => {
      asked.push({ ...what, authorization });
      return { status: 200, data, headers: {} };
    },
  } as unknown as Requester;
  const github = openPersonGitHub(requester, {
    clientId: 'Iv1.abc',
    clientSecret: 'secret',
    tradeUrl: 'https://github.example',
    redirectUri: 'https://sallyport.example/attribution/done',
  });
  return { github, asked };
}

describe('narrowing a person’s token', () => {
  it('grant:never-widens: asks by the client secret for one repository and what the route needs', async () => {
    const { github, asked } = open(narrowed);

    expect(await github.narrow('ghu_whole', repository, route)).toEqual({
      ok: true,
      value: 'ghu_narrow',
    });
    expect(asked).toEqual([
      {
        route: 'POST /applications/{client_id}/token/scoped',
        authorization: `Basic ${btoa('Iv1.abc:secret')}`,
        parameters: {
          client_id: 'Iv1.abc',
          access_token: 'ghu_whole',
          target_id: 3,
          repository_ids: [7],
          permissions: { metadata: 'read', pull_requests: 'write' },
        },
      },
    ]);
  });

  it.each([
    ['every repository', { repository_selection: 'all' }],
    ['a permission more', { permissions: { pull_requests: 'write', contents: 'write' } }],
    ['a higher one', { permissions: { pull_requests: 'admin' } }],
    ['nothing that says how far it goes', null],
  ])('grant:never-widens: takes no token for %s, and revokes it', async (_, change) => {
    const installation = change && { ...narrowed.installation, ...change };
    const { github, asked } = open({ ...narrowed, installation });
    const got = await github.narrow('ghu_whole', repository, route);

    expect(got).toMatchObject({ ok: false });
    expect(asked[1]).toMatchObject({
      route: 'DELETE /applications/{client_id}/token',
      parameters: { access_token: 'ghu_narrow' },
    });
  });
});

describe('trading a code', () => {
  it('sends it with its verifier to the one address, without a credential in the header', async () => {
    const { github, asked } = open(pair);

    expect(await github.trade('code', 'verifier')).toMatchObject({
      ok: true,
      value: { token: 'ghu_whole', refreshSeconds: 15_897_600 },
    });
    expect(asked).toMatchObject([
      {
        authorization: null,
        parameters: {
          baseUrl: 'https://github.example',
          code: 'code',
          code_verifier: 'verifier',
          redirect_uri: 'https://sallyport.example/attribution/done',
        },
      },
    ]);
  });

  it('takes no token that never ends, and revokes it', async () => {
    const { github, asked } = open({ access_token: 'ghu_forever', token_type: 'bearer' });
    const got = await github.trade('code', 'verifier');

    expect(got.ok ? '' : got.refusal).toContain('User-to-server token expiration');
    expect(asked[1]).toMatchObject({
      route: 'DELETE /applications/{client_id}/token',
      parameters: { access_token: 'ghu_forever' },
    });
  });

  it.each([{ error: 'bad_verification_code' }, { error: 'Bad <b>words</b>' }, {}])(
    'repeats of a refusal %j only a word it knows the form of',
    async (answer) => {
      const got = await open(answer).github.trade('code', 'verifier');

      expect(got.ok).toBe(false);
      if (answer.error === 'bad_verification_code')
        expect(got).toMatchObject({ refusal: 'GitHub answered bad_verification_code' });
      expect(got.ok ? '' : got.refusal).not.toContain('<b>');
    },
  );
});
