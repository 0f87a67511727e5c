import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A channel as smee.io has them: what is posted to it goes to everyone who listens (SSE). */
export async function openChannel() {
  const listeners = new Set<ServerResponse>();
  let toRefuse = 0;
  let refused = 0;
  const server = createServer((request, response) => {
    void (request.method === 'POST' ? relay(request, response) : listen(response));
  });
  const listen = async (response: ServerResponse) => {
    if (refused < toRefuse) {
      refused += 1;
      response.writeHead(502).end();
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('retry: 20\nevent: ready\ndata: {}\n\n');
    response.once('close', () => listeners.delete(response));
    listeners.add(response);
  };
  const say = (message: string) => {
    for (const listener of listeners) listener.write(`id: 1\ndata: ${message}\n\n`);
  };
  const relay = async (request: IncomingMessage, response: ServerResponse) => {
    const body = JSON.parse(await text(request));
    say(JSON.stringify({ ...request.headers, body, query: {}, timestamp: Date.now() }));
    response.end();
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/channel`,
    listeners,
    /** Send one message to everyone who listens. */
    say,
    /** Break every connection. */
    cut: () => {
      for (const listener of listeners) listener.destroy();
    },
    /** Answer 502 to this many who want to listen. */
    refuse: (count: number) => {
      toRefuse = count;
    },
    refused: () => refused,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
