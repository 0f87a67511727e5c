// The App's evidence key on disk. It signs evidence and nothing else, and never leaves the App.
import type { KeyObject } from 'node:crypto';
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { keyIdOf } from '#evidence/statement/dsse.ts';
import { Fault } from '#model/fault.ts';
import { readOrMake } from './own-file.ts';

/** An Ed25519 key pair. */
export interface SigningKey {
  readonly keyid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** For readers: what `sallyport evidence verify --key` takes. */
  readonly publicPem: string;
}

const privateFile = 'evidence-key.pem';
const publicFile = 'evidence-key.pub.pem';

/**
 * Open the evidence key in a folder, making one when there is none. The private file is readable by
 * its owner alone. Replicas that share a database share the key: give them the same folder.
 *
 * Fails   with CONFIG_INVALID when the file is there and is not an Ed25519 key.
 */
export async function openSigningKey(dir: string): Promise<SigningKey> {
  const path = join(dir, privateFile);
  const { text, isNew } = await readOrMake(path, 'evidence key', () =>
    generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  );
  const key = toSigningKey(text, path);
  if (isNew) await writeFile(join(dir, publicFile), key.publicPem, { mode: 0o644 });
  return key;
}

function toSigningKey(pem: string, path: string): SigningKey {
  const privateKey = parseKey(pem, path);
  const publicKey = createPublicKey(privateKey);
  const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  return { keyid: keyIdOf(publicKey), privateKey, publicKey, publicPem };
}

function parseKey(pem: string, path: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch (cause) {
    throw new Fault('CONFIG_INVALID', `expected a private key in PEM in ${path}`, { cause });
  }
  throw new Fault('CONFIG_INVALID', `expected an Ed25519 key in ${path}, saw another kind`);
}
