// Which GitHub: what follows from its address, and what an operator may not leave out.
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { readSettings } from '#settings.ts';

const privateKeyPem = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs1', format: 'pem' })
  .toString();
const minimal = {
  SALLYPORT_URL: 'https://sallyport.example.com',
  APP_ID: '7',
  PRIVATE_KEY: privateKeyPem,
  WEBHOOK_SECRET: 's'.repeat(40),
  SALLYPORT_RELEASES: 'a'.repeat(40),
};

function addresses(more: Record<string, string>) {
  const read = readSettings({ ...minimal, ...more });
  if (!read.ok) return read.refusal;
  const { restUrl, serverUrl, oidcIssuer, jwksUrl, assurance } = read.value;
  return { restUrl, serverUrl, oidcIssuer, jwksUrl, assurance };
}

describe('the settings of a GitHub', () => {
  it.each<[string, Record<string, string>, string, string]>([
    ['github.com', {}, 'https://api.github.com', 'https://token.actions.githubusercontent.com'],
    [
      'a data-residency host',
      { GITHUB_SERVER_URL: 'https://octocorp.ghe.com/' },
      'https://api.octocorp.ghe.com',
      'https://token.actions.octocorp.ghe.com',
    ],
    [
      'a GitHub Enterprise Server',
      { GITHUB_SERVER_URL: 'https://git.acme.example:8443' },
      'https://git.acme.example:8443/api/v3',
      'https://git.acme.example:8443/_services/token',
    ],
    [
      'a server whose name only looks like GitHub’s',
      { GITHUB_SERVER_URL: 'https://octocorp.ghe.com.evil.example' },
      'https://octocorp.ghe.com.evil.example/api/v3',
      'https://octocorp.ghe.com.evil.example/_services/token',
    ],
    [
      'an enterprise with an issuer of its own',
      { SALLYPORT_OIDC_ISSUER: 'https://token.actions.githubusercontent.com/acme' },
      'https://api.github.com',
      'https://token.actions.githubusercontent.com/acme',
    ],
  ])('follow from the address of %s', (_name, more, restUrl, oidcIssuer) => {
    expect(addresses(more)).toMatchObject({
      restUrl,
      oidcIssuer,
      jwksUrl: `${oidcIssuer}/.well-known/jwks`,
      assurance: 'full',
    });
  });

  it('are what the operator says where the operator says it', () => {
    const said = {
      GITHUB_SERVER_URL: 'https://git.acme.example',
      GITHUB_API_URL: 'https://api.acme.example',
      SALLYPORT_OIDC_ISSUER: 'https://id.acme.example',
      SALLYPORT_JWKS_URL: 'https://keys.acme.example/jwks',
      SALLYPORT_ASSURANCE: 'reduced',
    };

    expect(addresses(said)).toEqual({
      serverUrl: 'https://git.acme.example',
      restUrl: 'https://api.acme.example',
      oidcIssuer: 'https://id.acme.example',
      jwksUrl: 'https://keys.acme.example/jwks',
      assurance: 'reduced',
    });
  });

  it.each(['https://github.com', 'https://octocorp.ghe.com'])(
    'do not reduce the assurance of %s, which signs everything',
    (server) => {
      expect(addresses({ GITHUB_SERVER_URL: server, SALLYPORT_ASSURANCE: 'reduced' })).toEqual([
        `SALLYPORT_ASSURANCE: expected full, since ${server} signs every claim, got reduced`,
      ]);
      expect(addresses({ GITHUB_SERVER_URL: server })).toMatchObject({ assurance: 'full' });
    },
  );
});

describe('acting for people', () => {
  const openAsRequester = (more: Record<string, string>) => {
    const read = readSettings({ ...minimal, ...more });
    return read.ok ? read.value.openAsRequester : read.refusal;
  };
  const client = { CLIENT_ID: 'Iv1.abc', CLIENT_SECRET: 'secret' };
  const on = { SALLYPORT_OPEN_AS_REQUESTER: 'on' };

  it('is off unless it is switched on, and then needs the App’s client id and secret', () => {
    expect(openAsRequester(client)).toBeNull();
    expect(openAsRequester({ ...on, ...client })).toEqual({
      clientId: 'Iv1.abc',
      clientSecret: 'secret',
    });
    for (const half of [{}, { CLIENT_ID: 'Iv1.abc' }, { CLIENT_SECRET: 'secret' }])
      expect(openAsRequester({ ...on, ...half })).toEqual([
        'SALLYPORT_OPEN_AS_REQUESTER: expected CLIENT_ID and CLIENT_SECRET of the App beside it, got on alone',
      ]);
  });
});

describe('a setting that cannot be used', () => {
  it('is named, with what is needed, in a sentence of its own', () => {
    const { SALLYPORT_URL: _, SALLYPORT_RELEASES: __, ...rest } = minimal;

    expect(readSettings(rest)).toEqual({
      ok: false,
      refusal: [
        'SALLYPORT_URL: it is not set, and is needed',
        'SALLYPORT_RELEASES: it is not set, and is needed',
      ],
    });
    expect(readSettings({ ...minimal, SALLYPORT_DASHBOARD_PASSWORD: 'x'.repeat(15) })).toEqual({
      ok: false,
      refusal: ['SALLYPORT_DASHBOARD_PASSWORD: at least 16 characters'],
    });
    expect(
      readSettings({ ...minimal, SALLYPORT_DASHBOARD_PASSWORD: 'x'.repeat(16) }),
    ).toMatchObject({ ok: true });
  });
});
