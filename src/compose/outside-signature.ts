import { createHmac, timingSafeEqual } from 'node:crypto';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import type { Claim } from '#ingress/source/adapter.ts';

/** True when this secret made this claim over these very bytes; compared in constant time. */
export function verifyOutside(claim: Claim, secret: string, body: Uint8Array): boolean {
  switch (claim.scheme) {
    case 'hmac-sha256': {
      const made = createHmac('sha256', secret).update(claim.prefix).update(body).digest();
      return timingSafeEqual(made, Buffer.from(claim.signature, 'hex'));
    }
    case 'standard-webhooks':
      return verifyStandard(claim.headers, secret, body);
  }
}

/** The library reads bytes as text: bytes that are not their own text were never signed. */
function verifyStandard(
  headers: Readonly<Record<string, string>>,
  secret: string,
  body: Uint8Array,
): boolean {
  const text = Buffer.from(body.buffer, body.byteOffset, body.length).toString('utf8');
  if (!Buffer.from(text, 'utf8').equals(body)) return false;
  try {
    new Webhook(secret).verify(text, headers, { jsonParse: false });
    return true;
  } catch (error) {
    if (error instanceof WebhookVerificationError) return false;
    throw error;
  }
}
