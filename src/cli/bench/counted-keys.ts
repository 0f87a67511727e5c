import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The issuer's key set at an address of its own, where it is counted how often it is read. */
export interface CountedKeys {
  readonly url: string;
  readonly fetches: () => number;
  /** Where the key set really is: known when the issuer is up. */
  pointTo(url: string): void;
  close(): void;
}

/** Listen on loopback; every read is passed on. */
export async function countKeys(): Promise<CountedKeys> {
  let fetches = 0;
  let source = '';
  const server = createServer(async (_request, response) => {
    fetches += 1;
    const reply = await fetch(source);
    response.writeHead(reply.status, { 'content-type': 'application/json' });
    response.end(Buffer.from(await reply.arrayBuffer()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`,
    fetches: () => fetches,
    pointTo: (url) => {
      source = url;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
