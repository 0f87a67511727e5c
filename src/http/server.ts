import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Fault } from '#model/fault.ts';

/** One exchange, with what the router took from the path. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly params: Readonly<Record<string, string>>;
  readonly requestId: string;
}

/** A path with `:name` segments, one method or all. */
export interface HttpRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | '*';
  readonly path: string;
  readonly serve: (exchange: Exchange) => Promise<void>;
}

export interface HttpServer {
  readonly port: number;
  /** Where this machine reaches the listener. */
  readonly url: string;
  close(): Promise<void>;
}

/** Listen on a host and port (0 for any), with limits on headers and time. */
export async function listen(
  routes: readonly HttpRoute[],
  address: { readonly host: string; readonly port: number },
  onError: (error: unknown, requestId: string) => void,
): Promise<HttpServer> {
  const table = routes.map((route) => ({ ...route, segments: route.path.split('/') }));
  const server = createServer({ maxHeaderSize: 16_384 }, (request, response) => {
    const requestId = randomUUID();
    response.setHeader('x-request-id', requestId);
    void answer(table, { request, response, requestId }).catch((error: unknown) => {
      onError(error, requestId);
      if (response.headersSent) response.destroy();
      else sendBroken(response, error, requestId);
    });
  });
  server.headersTimeout = 10_000;
  server.requestTimeout = 15_000;
  // Longer than proxies and clients keep one: closed by us while a request is on its way, it is lost.
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(toListenFault(cause, address)));
    server.listen(address.port, address.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: toOwnUrl({ host: address.host, port }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Where this machine reaches a listener: an address that means “all” is not one to call. */
export function toOwnUrl({ host, port }: { readonly host: string; readonly port: number }): string {
  if (host === '0.0.0.0') return `http://127.0.0.1:${port}`;
  if (host === '::') return `http://[::1]:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Nothing was kept: the caller may come again (503), or has found a fault of ours (500). */
function sendBroken(response: ServerResponse, error: unknown, requestId: string): void {
  const isStore = error instanceof Fault && error.code === 'STORE_UNAVAILABLE';
  sendJson(response, isStore ? 503 : 500, {
    error: isStore ? 'store_unavailable' : 'internal',
    request_id: requestId,
  });
}

async function answer(
  table: readonly (HttpRoute & { readonly segments: readonly string[] })[],
  exchange: Omit<Exchange, 'params'>,
): Promise<void> {
  const { request, response } = exchange;
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  let methodWrong = false;
  for (const route of table) {
    const params = matchPath(route.segments, path.split('/'));
    if (!params) continue;
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    if (route.method === '*' || route.method === method)
      return route.serve({ ...exchange, params });
    methodWrong = true;
  }
  sendJson(response, methodWrong ? 405 : 404, {
    error: methodWrong ? 'method_not_allowed' : 'not_found',
    request_id: exchange.requestId,
  });
}

function matchPath(
  pattern: readonly string[],
  actual: readonly string[],
): Record<string, string> | undefined {
  if (pattern.length !== actual.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, segment] of pattern.entries()) {
    const value = actual[index] ?? '';
    if (segment.startsWith(':')) params[segment.slice(1)] = value.slice(0, 200);
    else if (segment !== value) return undefined;
  }
  return params;
}

/** Answer with JSON that no cache keeps. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    ...headers,
  });
  response.end(JSON.stringify(body));
}

function toListenFault(
  cause: NodeJS.ErrnoException,
  address: { host: string; port: number },
): Fault {
  if (cause.code !== 'EADDRINUSE')
    return new Fault(
      'CONFIG_INVALID',
      `cannot listen on ${address.host}:${address.port}: ${cause.message}`,
      { cause },
    );
  return new Fault(
    'PORT_TAKEN',
    `port ${address.port} on ${address.host} is taken: stop what uses it or choose another with --port`,
    { cause },
  );
}
