// What `npm run contract` compares with GitHub's published description. Off unless the variable
// names a folder, and then nothing is computed for it.
import { appendFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';

// biome-ignore lint/style/noProcessEnv: servers in Jest's workers and in processes of their own are reached by the environment alone.
const folder = process.env.SALLYPORT_RECORD_DIR;
const file = folder ? join(folder, `${process.pid}.jsonl`) : undefined;
const bodies = new WeakMap<IncomingMessage, Uint8Array>();

/** Whether anything is written down; asked before work that only a recording needs. */
export const isRecording = file !== undefined;

/** One answered call. Bodies are the bytes that crossed the wire, never a header with a credential. */
export interface RecordedExchange {
  readonly kind: 'rest' | 'graphql';
  /** The operation's id and path as its route declares them; null when no route took the call. */
  readonly operation: string | null;
  readonly route: string | null;
  readonly method: string;
  readonly path: string;
  /** With its question mark; empty without one. */
  readonly query: string;
  /** The version of the API that answered. */
  readonly version: string;
  readonly status: number;
  /** The answer's content type. */
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** Keep a request's body until its answer is recorded. */
export function noteBody(request: IncomingMessage, bytes: Uint8Array): void {
  if (isRecording) bodies.set(request, bytes);
}

/** Write down an exchange, as one line of this process's file. */
export function recordExchange(request: IncomingMessage, exchange: RecordedExchange): void {
  if (!isRecording) return;
  const { bytes, ...rest } = exchange;
  append({
    ...rest,
    accept: request.headers.accept ?? '',
    request: toText(bodies.get(request) ?? new Uint8Array()),
    response: toText(bytes),
  });
}

/** Write down a webhook's payload, as it is sent. */
export function recordWebhook(event: string, action: string | null, payload: string): void {
  if (isRecording) append({ kind: 'webhook', event, action, payload });
}

/** At once: a test may kill the process right after the call. */
function append(line: object): void {
  if (file) appendFileSync(file, `${JSON.stringify(line)}\n`);
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}
