// The App's sealing key on disk: what has to be kept and used again is encrypted with it.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Fault } from '#model/fault.ts';
import type { Sealer } from '#model/seal.ts';
import { seal, sealBytes, unseal } from '#model/seal.ts';
import { readOrMake } from './own-file.ts';

/** Where it lies in the App's folder. */
export const sealingKeyFile = 'sealing.key';

/**
 * Open the sealing key in a folder, making one when there is none. Replicas that share a database
 * share the key: give them the same folder.
 *
 * Fails  with CONFIG_INVALID when the file is there and is not 32 bytes in hex.
 */
export async function openSealer(dir: string): Promise<Sealer> {
  const path = join(dir, sealingKeyFile);
  const make = () => `${randomBytes(sealBytes.key).toString('hex')}\n`;
  const { text } = await readOrMake(path, 'sealing key', make);
  if (!/^[0-9a-f]{64}\n?$/.test(text)) {
    throw new Fault('CONFIG_INVALID', `expected a key of 32 bytes in hex in ${path}`);
  }
  const key = Buffer.from(text.trim(), 'hex');
  return {
    seal: (secret, context) => seal(secret, context, { key, nonce: randomBytes(sealBytes.nonce) }),
    open: (sealed, context) => unseal(sealed, context, key),
  };
}
