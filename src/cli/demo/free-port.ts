import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';

/**
 * A port that is free now. The App's address stands in the caller workflow before the App runs, so
 * it must be known first; should somebody take it in between, listening fails with its sentence.
 */
export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
