import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { Fault } from '#model/fault.ts';
import type { App, Installation, User, World } from '../world.ts';
import type { SeedApp } from './seed.ts';

/** What the owner of an App knows about it; the private key exists only here. */
export interface AppCredentials {
  readonly id: number;
  readonly clientId: string;
  readonly slug: string;
  readonly privateKeyPem: string;
  readonly webhookSecret: string;
  readonly installationId: number;
  readonly botId: number;
  readonly botLogin: string;
}

/** Register an App with a fresh key and secret, and install it on an account. */
export function plantApp(world: World, seed: SeedApp): AppCredentials {
  const account = world.userByLogin(seed.installOn);
  if (!account)
    throw new Fault(
      'LOCAL_GITHUB',
      `expected the account "${seed.installOn}" for the App, got none: add it to the seed`,
    );
  const keys = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const bot: User = { id: world.nextId(), login: `${seed.slug}[bot]`, type: 'Bot', name: null };
  const app: App = {
    id: world.nextId(),
    slug: seed.slug,
    name: seed.name ?? seed.slug,
    clientId: `Iv23li${randomBytes(7).toString('hex')}`,
    botId: bot.id,
    ownerId: account.id,
    publicKeyPem: keys.publicKey,
    permissions: { ...seed.permissions, metadata: 'read' },
    events: seed.events,
    webhook: {
      url: seed.webhook?.url ?? '',
      secret: seed.webhook?.secret ?? randomBytes(24).toString('hex'),
    },
  };
  const installation: Installation = {
    id: world.nextId(),
    appId: app.id,
    accountId: account.id,
    repositoryIds: null,
    permissions: app.permissions,
    suspendedAt: null,
    suspendedById: null,
  };
  world.users.set(bot.id, bot);
  world.apps.set(app.id, app);
  world.installations.set(installation.id, installation);
  return {
    id: app.id,
    clientId: app.clientId,
    slug: app.slug,
    privateKeyPem: keys.privateKey,
    webhookSecret: app.webhook?.secret ?? '',
    installationId: installation.id,
    botId: bot.id,
    botLogin: bot.login,
  };
}
