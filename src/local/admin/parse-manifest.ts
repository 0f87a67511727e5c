import { z } from 'zod';
import type { App } from '#local/record/app.ts';

/** What an App asks to be, in the form in which GitHub takes it. */
export interface Manifest {
  readonly name: string;
  readonly permissions: App['permissions'];
  readonly events: readonly string[];
  /** Empty when it wants no webhook. */
  readonly webhookUrl: string;
  /** Where the browser goes with the code; null when the manifest does not say. */
  readonly redirectUrl: string | null;
  /** Where people may be sent back to after they authorized the App. */
  readonly callbackUrls: readonly string[];
}

const address = z
  .string()
  .max(2000)
  .regex(/^https?:\/\/[^\s]+$/);
const wire = z.object({
  name: z.string().min(1).max(34).default('local-app'),
  url: address,
  hook_attributes: z.object({ url: address, active: z.boolean().default(true) }).optional(),
  redirect_url: address.optional(),
  // GitHub's bound.
  callback_urls: z.array(address).max(10).default([]),
  default_permissions: z
    .record(z.string().regex(/^[a-z_]{1,60}$/), z.enum(['read', 'write', 'admin']))
    .default({}),
  default_events: z
    .array(z.string().regex(/^[a-z0-9_]{1,60}$/))
    .max(100)
    .default([]),
});

/** Read a manifest; undefined when it is none. Fields that are not known here are left alone. */
export function parseManifest(text: string): Manifest | undefined {
  const parsed = wire.safeParse(parseJson(text));
  if (!parsed.success) return undefined;
  const { name, default_permissions, default_events, hook_attributes, redirect_url } = parsed.data;
  return {
    name,
    permissions: default_permissions,
    events: default_events,
    webhookUrl: hook_attributes?.active ? hook_attributes.url : '',
    redirectUrl: redirect_url ?? null,
    callbackUrls: parsed.data.callback_urls,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
