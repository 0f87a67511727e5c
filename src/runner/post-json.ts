import { setTimeout as wait } from 'node:timers/promises';
import type { Json } from '#model/json.ts';
import { proofHeader } from '#model/possession.ts';
import { ok, type Result, refuse } from '#model/result.ts';
import type { ProofKey } from './proof-key.ts';

/** The broker's answers are a few hundred bytes. */
const answerBytesMax = 64 * 1024;
const callTimeoutMs = 30_000;
/** Seconds before each repetition (identity.md, errors): five, then the sentence is the answer. */
const pauses = [1, 2, 4, 8, 16];

/** An answer of the broker: its status and its JSON, null when it has none. */
export interface BrokerAnswer {
  readonly status: number;
  readonly body: Json;
}

/** Base URL of a broker: https anywhere, http only on this machine. A sentence when it is neither. */
export function parseBrokerUrl(text: string): Result<string, string> {
  return parseServiceUrl('"broker" must be the https URL of the Sallyport App', text);
}

/** Base URL of a service that is given a credential; `expected` begins the sentence when it is none. */
export function parseServiceUrl(expected: string, text: string): Result<string, string> {
  const say = `${expected} (http only for this machine itself), got ${JSON.stringify(text.slice(0, 200))}`;
  if (!URL.canParse(text)) return refuse(say);
  const url = new URL(text);
  const isLocal =
    ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname) ||
    url.hostname.endsWith('.localhost');
  const isPlain =
    url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (!isPlain || !(url.protocol === 'https:' || (url.protocol === 'http:' && isLocal)))
    return refuse(say);
  return ok(text.replace(/\/+$/, ''));
}

/**
 * POST JSON with a bearer token. Repeats only while the grant is pending (409 grant_pending), 429
 * and 503, each time with a new token, because the old one is burned. No redirects are followed:
 * a token goes to the broker and to nobody else. With a key, each request carries a proof of its own.
 */
export async function postJson(
  url: string,
  body: Json,
  token: () => Promise<string>,
  {
    key,
    pause = (seconds) => wait(seconds * 1000),
  }: {
    readonly key?: ProofKey;
    readonly pause?: (seconds: number) => Promise<void>;
  } = {},
): Promise<Result<BrokerAnswer, string>> {
  for (let attempt = 0; ; attempt += 1) {
    const answer = await post(url, JSON.stringify(body), await token(), key);
    const seconds = pauses[attempt];
    if (!answer.ok || !isTemporary(answer.value) || seconds === undefined) return answer;
    await pause(seconds);
  }
}

function isTemporary({ status, body }: BrokerAnswer): boolean {
  return status === 429 || status === 503 || (status === 409 && errorOf(body) === 'grant_pending');
}

/** The code of a refusal, as a word and no more; "unknown" when it is none. */
export function errorOf(body: Json): string {
  if (body === null || typeof body !== 'object' || !('error' in body)) return 'unknown';
  return typeof body.error === 'string' && /^[a-z_]{1,40}$/.test(body.error)
    ? body.error
    : 'unknown';
}

async function post(
  url: string,
  body: string,
  token: string,
  key: ProofKey | undefined,
): Promise<Result<BrokerAnswer, string>> {
  const proof = key ? { [proofHeader]: key.prove({ method: 'POST', url, token, body }) } : {};
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'error',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        // What MCP asks of a client (Streamable HTTP); the broker's own endpoints do not mind.
        accept: 'application/json, text/event-stream',
        ...proof,
      },
      body,
      signal: AbortSignal.timeout(callTimeoutMs),
    });
    const text = await readCapped(response);
    return ok({ status: response.status, body: text === '' ? null : (JSON.parse(text) as Json) });
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown';
    return refuse(`the broker at ${new URL(url).origin} did not answer: ${why}`);
  }
}

async function readCapped(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > answerBytesMax) throw new Error(`more than ${answerBytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
