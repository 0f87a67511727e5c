import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { User } from '#local/record/account.ts';
import type { App } from '#local/record/app.ts';
import { digestOf } from '../api/opaque-token.ts';
import type { World } from '../world.ts';

/** What a new App is to be. */
export interface AppWish {
  readonly slug: string;
  readonly name: string;
  readonly ownerId: number;
  readonly permissions: App['permissions'];
  readonly events: readonly string[];
  /** No address until there is one; a secret is made up where none is given. */
  readonly webhook: { readonly url?: string; readonly secret?: string };
  readonly callbackUrls?: readonly string[];
}

/** An App with the secrets that only its owner gets, once. */
export interface RegisteredApp {
  readonly app: App;
  readonly privateKeyPem: string;
  readonly webhookSecret: string;
  readonly clientSecret: string;
}

/** Register an App: an account for its bot, a fresh key, a secret for its webhook and one for its sign-in. */
export function registerApp(world: World, wish: AppWish): RegisteredApp {
  const keys = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const webhookSecret = wish.webhook.secret ?? randomBytes(24).toString('hex');
  const clientSecret = randomBytes(20).toString('hex');
  const bot: User = { id: world.nextId(), login: `${wish.slug}[bot]`, type: 'Bot', name: null };
  const app: App = {
    id: world.nextId(),
    slug: wish.slug,
    name: wish.name,
    clientId: `Iv23li${randomBytes(7).toString('hex')}`,
    botId: bot.id,
    ownerId: wish.ownerId,
    publicKeyPem: keys.publicKey,
    permissions: { ...wish.permissions, metadata: 'read' },
    events: wish.events,
    webhook: { url: wish.webhook.url ?? '', secret: webhookSecret },
    callbackUrls: wish.callbackUrls ?? [],
    clientSecretSha256: digestOf(clientSecret),
  };
  world.users.set(bot.id, bot);
  world.apps.set(app.id, app);
  return { app, privateKeyPem: keys.privateKey, webhookSecret, clientSecret };
}
