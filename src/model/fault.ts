/** Every way the world or the program can break, as opposed to refuse. */
export type FaultCode =
  | 'CONFIG_INVALID'
  | 'GITHUB_UNAVAILABLE'
  | 'GITHUB_REFUSED'
  | 'STORE_UNAVAILABLE'
  | 'SANDBOX_UNAVAILABLE'
  | 'TOOL_MISSING'
  | 'PORT_TAKEN'
  | 'LOCAL_GITHUB'
  | 'PROMISE_BROKEN';

/** A broken world or program. Only the queue's worker and the entry points catch it. */
export class Fault extends Error {
  readonly code: FaultCode;
  readonly retryAfterMs: number | undefined;

  constructor(
    code: FaultCode,
    message: string,
    options?: ErrorOptions & { retryAfterMs?: number },
  ) {
    super(message, options);
    this.name = 'Fault';
    this.code = code;
    this.retryAfterMs = options?.retryAfterMs;
  }
}

/** A promise of ours: when it is broken the job stops, never the ledger. */
export function assert(condition: unknown, sentence: string): asserts condition {
  if (!condition) throw new Fault('PROMISE_BROKEN', sentence);
}
