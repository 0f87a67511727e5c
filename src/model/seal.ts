import { createCipheriv, createDecipheriv } from 'node:crypto';

/** Bytes of an AES-256 key, of a nonce that no two sealings share, and of GCM's tag (SP 800-38D). */
export const sealBytes = { key: 32, nonce: 12, tag: 16 } as const;

const algorithm = 'aes-256-gcm';

/** Seals and opens with one key. The context names what a secret belongs to: it opens as nothing else. */
export interface Sealer {
  seal(secret: string, context: string): string;
  /** Null for what was sealed with another key, for another context, or changed since. */
  open(sealed: string, context: string): string | null;
}

/**
 * Encrypt a secret that has to be used again, bound to what it belongs to. Base64url of nonce, tag
 * and cipher text.
 *
 * Fails   by throwing for a key or nonce of another length.
 * Source  NIST SP 800-38D (GCM, with associated data)
 */
export function seal(
  secret: string,
  context: string,
  { key, nonce }: { readonly key: Uint8Array; readonly nonce: Uint8Array },
): string {
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: sealBytes.tag });
  cipher.setAAD(Buffer.from(context));
  const body = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url');
}

/** The secret again; null when the key, the context or a single byte is not what it was sealed with. */
export function unseal(sealed: string, context: string, key: Uint8Array): string | null {
  const bytes = Buffer.from(sealed, 'base64url');
  const { nonce, tag } = sealBytes;
  if (bytes.length < nonce + tag) return null;
  const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonce), {
    authTagLength: tag,
  });
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(bytes.subarray(nonce, nonce + tag));
  const body = decipher.update(bytes.subarray(nonce + tag));
  try {
    return Buffer.concat([body, decipher.final()]).toString('utf8');
  } catch {
    return null;
  }
}
