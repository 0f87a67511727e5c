import { setTimeout as wait } from 'node:timers/promises';
import type { Result } from '#model/result.ts';
import type { SessionToken } from './broker.ts';

/** A session whose token changes while it is held. */
export interface HeldSession {
  /** The one that counts now. */
  token(): string;
  /** Stop renewing. The last token, after any renewal that was under way. */
  end(): Promise<string>;
}

export interface HoldDeps {
  readonly renew: (token: string) => Promise<Result<SessionToken, string>>;
  /** A new token, before it is used: to be masked and kept for the post step. */
  readonly renewed: (token: string) => void;
  readonly tell: (sentence: string) => void;
  readonly now?: () => number;
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Renewed when a quarter of its life is left, so that there is time to try again. */
const usedShare = 0.75;
const againMs = 30_000;

/**
 * Renew a session for as long as it is held: an agent may work for longer than one lives. It is done here,
 * outside the sandbox, with the key of this process.
 */
export function holdSession(first: SessionToken, deps: HoldDeps): HeldSession {
  const stopped = new AbortController();
  const held = { ...first };
  const done = keepRenewing(held, stopped.signal, deps);
  return {
    token: () => held.token,
    end: async () => {
      stopped.abort();
      await done;
      return held.token;
    },
  };
}

async function keepRenewing(
  held: { token: string; expiresAt: string },
  signal: AbortSignal,
  { renew, renewed, tell, now = Date.now, pause = sleep }: HoldDeps,
): Promise<void> {
  let delayMs = leftMs(held, now()) * usedShare;
  while (leftMs(held, now()) > 0) {
    await pause(delayMs, signal);
    if (signal.aborted) return;
    const next = await renew(held.token);
    if (next.ok) {
      renewed(next.value.token);
      Object.assign(held, next.value);
    } else tell(`The context session was not renewed: ${next.refusal}`);
    delayMs = next.ok ? leftMs(held, now()) * usedShare : againMs;
  }
}

function leftMs({ expiresAt }: SessionToken, now: number): number {
  return Date.parse(expiresAt) - now;
}

/** An abort ends it early; the process does not wait for it. */
async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal, ref: false }).catch(() => undefined);
}
