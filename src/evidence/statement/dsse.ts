// DSSE v1 envelopes, signed with Ed25519 (secure-systems-lab/dsse, protocol.md).
import type { KeyObject } from 'node:crypto';
import { createHash, createPublicKey, sign, verify } from 'node:crypto';
import { z } from 'zod';
import type { Envelope } from '#model/evidence.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';

/** The payload type of in-toto statements. */
export const payloadType = 'application/vnd.in-toto+json';

const envelopeSchema = z.strictObject({
  payloadType: z.literal(payloadType),
  payload: z.string().max(1_000_000),
  signatures: z
    .array(z.strictObject({ keyid: z.string().max(200), sig: z.string().max(200) }))
    .length(1),
});

/** The bytes that are signed: type and body with their lengths, so that neither can run into the other. */
export function preAuthEncoding(type: string, body: Uint8Array): Uint8Array {
  const head = `DSSEv1 ${Buffer.byteLength(type)} ${type} ${body.length} `;
  return Buffer.concat([Buffer.from(head), body]);
}

/** SHA-256 of the public key's SubjectPublicKeyInfo in DER, in hex. */
export function keyIdOf(key: KeyObject): string {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

/** Sign a payload. */
export function signEnvelope(payload: string, privateKey: KeyObject): Envelope {
  const body = Buffer.from(payload);
  return {
    payloadType,
    payload: body.toString('base64'),
    signatures: [
      {
        keyid: keyIdOf(privateKey),
        sig: sign(null, preAuthEncoding(payloadType, body), privateKey).toString('base64'),
      },
    ],
  };
}

/**
 * The payload of an envelope whose signature is this key's. Exactly one signature, strict base64:
 * an envelope that two readers could read differently is refused before anything in it is parsed.
 */
export function openEnvelope(envelope: unknown, publicKey: KeyObject): Result<string, string> {
  const parsed = envelopeSchema.safeParse(envelope);
  if (!parsed.success)
    return refuse('expected a DSSE envelope of an in-toto statement with one signature');
  const [signature] = parsed.data.signatures;
  const body = decodeBase64(parsed.data.payload);
  const sig = signature && decodeBase64(signature.sig);
  if (!body || !sig) return refuse('the envelope is not strict base64');
  const keyid = keyIdOf(publicKey);
  if (signature?.keyid !== keyid) {
    return refuse(`the envelope names the key ${signature?.keyid}, expected ${keyid}`);
  }
  return verify(null, preAuthEncoding(payloadType, body), publicKey, sig)
    ? ok(body.toString('utf8'))
    : refuse('the signature does not belong to the payload');
}

function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}
