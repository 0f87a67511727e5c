import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { readSettings } from '#settings.ts';

const privateKeyPem = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs1', format: 'pem' })
  .toString();
const good = {
  SALLYPORT_URL: 'https://sallyport.example.com',
  APP_ID: '7',
  PRIVATE_KEY: privateKeyPem,
  WEBHOOK_SECRET: 's'.repeat(40),
  SALLYPORT_RELEASES: 'a'.repeat(40),
};

describe('what the broker trusts, as it is set', () => {
  it.each([
    ['SALLYPORT_RELEASES', '.*'],
    ['SALLYPORT_RELEASES', `${'a'.repeat(40)}|${'b'.repeat(40)}`],
    ['SALLYPORT_RELEASES', 'refs/tags/v1'],
    ['SALLYPORT_RELEASES', 'a'.repeat(7)],
    ['SALLYPORT_RELEASES', ''],
    ['SALLYPORT_RELEASE_REPOSITORY', 'sallyport/*'],
    ['SALLYPORT_RELEASE_REPOSITORY', 'sallyport/sallyport|evil/evil'],
    ['SALLYPORT_RELEASE_REPOSITORY', '^sallyport/sallyport$'],
    ['SALLYPORT_RELEASE_REPOSITORY', 'sallyport'],
    ['SALLYPORT_RUNNERS', 'github-hosted|self-hosted'],
    ['SALLYPORT_OIDC_ISSUER', 'https://*.githubusercontent.com|'],
    ['SALLYPORT_ASSURANCE', 'none'],
  ])('T-C12 is refused at the start when %s is %j', (name, value) => {
    const read = readSettings({ ...good, [name]: value });

    expect(read.ok ? [] : read.refusal.join()).toContain(name);
  });

  it('T-C12 is taken when it is names and commits', () => {
    expect(
      readSettings({ ...good, SALLYPORT_RELEASE_REPOSITORY: 'acme/sally.port' }),
    ).toMatchObject({
      ok: true,
      value: { releaseRepository: 'acme/sally.port', releases: ['a'.repeat(40)] },
    });
  });
});
