import type { Installation } from '#local/record/app.ts';
import { Fault } from '#model/fault.ts';
import { registerApp } from '../admin/register-app.ts';
import type { World } from '../world.ts';
import type { SeedApp } from './seed.ts';

/** What the owner of an App knows about it; the private key exists only here. */
export interface AppCredentials {
  readonly id: number;
  readonly clientId: string;
  readonly slug: string;
  readonly privateKeyPem: string;
  readonly webhookSecret: string;
  readonly clientSecret: string;
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
  const { app, privateKeyPem, webhookSecret, clientSecret } = registerApp(world, {
    slug: seed.slug,
    name: seed.name ?? seed.slug,
    ownerId: account.id,
    permissions: seed.permissions,
    events: seed.events,
    webhook: seed.webhook ?? {},
  });
  const installation: Installation = {
    id: world.nextId(),
    appId: app.id,
    accountId: account.id,
    repositoryIds: null,
    permissions: app.permissions,
    suspendedAt: null,
    suspendedById: null,
  };
  world.installations.set(installation.id, installation);
  return {
    id: app.id,
    clientId: app.clientId,
    slug: app.slug,
    privateKeyPem,
    webhookSecret,
    clientSecret,
    installationId: installation.id,
    botId: app.botId,
    botLogin: `${app.slug}[bot]`,
  };
}
