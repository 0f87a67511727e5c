import { timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { signatureOf } from './delivery-load.ts';

/** A server that does the least a receiver must: read the body, check its signature, answer. */
export async function startBareReceiver(secret: string) {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      const expected = Buffer.from(signatureOf(Buffer.concat(chunks), secret));
      const given = Buffer.from(String(request.headers['x-hub-signature-256'] ?? ''));
      const same = expected.length === given.length && timingSafeEqual(expected, given);
      response.writeHead(same ? 202 : 401).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
