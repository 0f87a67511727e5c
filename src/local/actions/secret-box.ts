import { createHash } from 'node:crypto';
import sodium from 'libsodium-wrappers';

/** Opens what clients seal to the public key they were given: libsodium's sealed boxes. */
export interface SecretBox {
  /** Names the key; clients send it back. */
  readonly keyId: string;
  /** Curve25519, base64. */
  readonly publicKey: string;
  /** The text in a sealed box (base64); undefined when it was not sealed to this key. */
  open(sealed: string): string | undefined;
}

/** Make a key pair. It lives as long as the process: what was sealed was opened when it came in. */
export async function openSecretBox(): Promise<SecretBox> {
  await sodium.ready;
  const { publicKey, privateKey } = sodium.crypto_box_keypair();
  const bytes = createHash('sha256').update(publicKey).digest();
  return {
    keyId: bytes.readBigUInt64BE().toString(),
    publicKey: Buffer.from(publicKey).toString('base64'),
    open: (sealed) => {
      try {
        const box = Buffer.from(sealed, 'base64');
        return Buffer.from(sodium.crypto_box_seal_open(box, publicKey, privateKey)).toString();
      } catch {
        // libsodium throws for anything that is not a box for this key.
        return undefined;
      }
    },
  };
}
