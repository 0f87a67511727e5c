import { randomBytes } from 'node:crypto';
import type { User } from '#local/record/account.ts';
import type { World } from '../world.ts';
import type { Manifest } from './parse-manifest.ts';
import { type RegisteredApp, registerApp } from './register-app.ts';

/** How long a code may be traded, as on GitHub. */
const CODE_MS = 60 * 60_000;

/** Codes that were given out for Apps made from a manifest. They do not outlive the process. */
export interface ManifestCodes {
  /** Register the App and give out its code. */
  issue(manifest: Manifest, owner: User): string;
  /** Works once, within the hour; undefined otherwise. */
  redeem(code: string): RegisteredApp | undefined;
}

/** Open without any code. */
export function openManifestCodes(world: World): ManifestCodes {
  const open = new Map<string, { readonly conversion: RegisteredApp; readonly until: number }>();
  return {
    issue: (manifest, owner) => {
      const conversion = registerApp(world, {
        slug: freeSlug(world, manifest.name),
        name: manifest.name,
        ownerId: owner.id,
        permissions: manifest.permissions,
        events: manifest.events,
        webhook: { url: manifest.webhookUrl },
        callbackUrls: manifest.callbackUrls,
      });
      const code = randomBytes(20).toString('hex');
      open.set(code, { conversion, until: world.now().getTime() + CODE_MS });
      return code;
    },
    redeem: (code) => {
      const found = open.get(code);
      open.delete(code);
      return found && found.until > world.now().getTime() ? found.conversion : undefined;
    },
  };
}

/** The name in small letters and dashes; a number behind it when it is taken. */
function freeSlug(world: World, name: string): string {
  const words = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  const base = words === '' ? 'app' : words;
  const isTaken = (slug: string) => [...world.apps.values()].some((each) => each.slug === slug);
  let slug = base;
  for (let number = 1; isTaken(slug); number += 1) slug = `${base}-${number}`;
  return slug;
}
