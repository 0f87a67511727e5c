import { z } from 'zod';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';

/** What an App needs to be itself: what GitHub gives once, when it is created from a manifest. */
export interface AppCredentials {
  readonly appId: number;
  readonly slug: string;
  /** The App's page on GitHub, from which it is installed. */
  readonly page: string;
  readonly privateKeyPem: string;
  readonly webhookSecret: string;
}

const file = z.object({
  appId: z.int().positive(),
  slug: z.string().regex(/^[a-z0-9][a-z0-9-]{0,99}$/),
  page: z.url({ protocol: /^https?$/ }),
  privateKeyPem: z.string().min(1).max(20_000),
  webhookSecret: z.string().min(1).max(1000),
});

/** GitHub's `POST /app-manifests/{code}/conversions`; the client secret is not kept, nobody needs it. */
const conversion = z
  .object({
    id: z.unknown(),
    slug: z.unknown(),
    html_url: z.unknown(),
    pem: z.unknown(),
    webhook_secret: z.unknown(),
  })
  .transform((answer) => ({
    appId: answer.id,
    slug: answer.slug,
    page: answer.html_url,
    privateKeyPem: answer.pem,
    webhookSecret: answer.webhook_secret,
  }))
  .pipe(file);

/**
 * Read what GitHub gave for a code, or what was kept of it.
 *
 * Fails  with a sentence that names the fields that are missing or wrong, never with their values.
 */
export function parseCredentials(
  value: unknown,
  from: 'conversion' | 'file',
): Result<AppCredentials, string> {
  const parsed = (from === 'file' ? file : conversion).safeParse(value);
  if (parsed.success) return ok(parsed.data);
  const fields = [...new Set(parsed.error.issues.map(({ path }) => path.join('.') || 'all of it'))];
  return refuse(`expected an App’s credentials, but ${fields.join(', ')} is missing or not valid`);
}
