import { Probot } from 'probot';
import { Fault } from '#model/fault.ts';

/** Who the webhook belongs to. */
export interface WebhookSettings {
  readonly appId: number;
  readonly privateKeyPem: string;
  readonly webhookSecret: string;
}

const signatureForm = /^sha256=[0-9a-f]{64}$/;

/**
 * A verifier of deliveries: HMAC-SHA256 over the raw bytes, by Probot's own webhooks. Probot is
 * given the secret in words; left out, it would use one that everybody knows.
 *
 * Fails  with CONFIG_INVALID when there is no secret; never throws on what a sender chose.
 */
export function createVerifier(
  settings: WebhookSettings,
): (body: Uint8Array, signature: string) => Promise<boolean> {
  if (settings.webhookSecret === '') {
    throw new Fault('CONFIG_INVALID', 'expected a webhook secret, got an empty one');
  }
  const probot = new Probot({
    appId: settings.appId,
    privateKey: settings.privateKeyPem,
    secret: settings.webhookSecret,
    logLevel: 'fatal',
  });
  return async (body, signature) => {
    if (!signatureForm.test(signature)) return false;
    await probot.ready();
    // The bytes as text and back must be the same bytes, or the digest would be of something else.
    const text = Buffer.from(body.buffer, body.byteOffset, body.length).toString('utf8');
    if (!Buffer.from(text, 'utf8').equals(body)) return false;
    return text !== '' && probot.webhooks.verify(text, signature);
  };
}
