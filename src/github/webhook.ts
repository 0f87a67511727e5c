import { Probot } from 'probot';
import { Fault } from '#model/fault.ts';

/** Who the webhook belongs to. */
export interface WebhookSettings {
  readonly appId: number;
  readonly privateKeyPem: string;
  readonly webhookSecret: string;
  /** Accepted as well, during a rotation. */
  readonly webhookSecretPrevious?: string | null;
}

const signatureForm = /^sha256=[0-9a-f]{64}$/;

/**
 * A verifier of deliveries: HMAC-SHA256 over the bytes of their text (UTF-8), by Probot's own
 * webhooks. Probot is given the secret in words; left out, it would use one that everybody knows.
 * `previous` when the secret before the present one signed, which is asked only when the present
 * one did not.
 *
 * Fails  with CONFIG_INVALID when there is no secret; never throws on what a sender chose.
 */
export function createVerifier(
  settings: WebhookSettings,
): (body: string, signature: string) => Promise<boolean | 'previous'> {
  const present = verifierOf(settings, settings.webhookSecret);
  const before = settings.webhookSecretPrevious ?? null;
  const previous = before === null ? null : verifierOf(settings, before);
  return async (body, signature) => {
    if (!signatureForm.test(signature) || body === '') return false;
    if (await present(body, signature)) return true;
    return previous !== null && (await previous(body, signature)) ? 'previous' : false;
  };
}

function verifierOf({ appId, privateKeyPem }: WebhookSettings, secret: string) {
  if (secret === '') {
    throw new Fault('CONFIG_INVALID', 'expected a webhook secret, got an empty one');
  }
  const probot = new Probot({ appId, privateKey: privateKeyPem, secret, logLevel: 'fatal' });
  return async (text: string, signature: string) => {
    await probot.ready();
    return probot.webhooks.verify(text, signature);
  };
}
