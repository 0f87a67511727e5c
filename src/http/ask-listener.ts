import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';

/** One request to a listener of this machine. */
export interface Ask {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
}

/** What it answered. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/**
 * Ask a listener of this machine, without a detour: `fetch` would send loopback requests to the proxy
 * of `HTTP_PROXY`, too, when Node is told to use it (`NODE_USE_ENV_PROXY`).
 *
 * Fails  with the network's error, or when no answer came in time.
 */
export function askListener(
  url: string,
  { method, headers, body, timeoutMs }: Ask,
): Promise<Answer> {
  // Told, since Node sends the body of a DELETE without a word of its length.
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  const agent = new Agent({ keepAlive: false }); // an agent of our own knows of no proxy
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method,
      headers: { ...headers, ...length },
      agent,
      signal: AbortSignal.timeout(timeoutMs),
    });
    sent.once('error', reject);
    sent.once('response', (response) => {
      const status = response.statusCode ?? 0;
      text(response).then((answered) => resolve({ status, text: answered }), reject);
    });
    sent.end(body);
  });
}
