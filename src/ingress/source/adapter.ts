import { z } from 'zod';
import type { JsonObject } from '#model/json.ts';
import type { OutsideReport, OutsideSignal } from '#model/outside.ts';
import type { Result } from '#model/result.ts';
import { refuse } from '#model/result.ts';
import { capText, visibleText } from '#model/text.ts';

/** One call as it came in, before anything is believed. */
export interface OutsideCall {
  /** A request header by its lower-case name; empty when there is none. */
  readonly header: (name: string) => string;
  readonly body: Uint8Array;
}

/** What the sender says it signed, and with what; whoever holds the secret finds out. */
export type Claim =
  | {
      readonly scheme: 'hmac-sha256';
      /** Signed before the body, in front of it. */
      readonly prefix: string;
      /** 64 lower-case hex digits. */
      readonly signature: string;
    }
  | {
      readonly scheme: 'standard-webhooks';
      readonly headers: Readonly<
        Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>
      >;
    };

/** A sender that asks to be answered with its own word, once, when it is connected. */
export interface Challenge {
  readonly kind: 'challenge';
  readonly challenge: string;
}

/** How one kind of sender signs and speaks: functions of the call, without clock or secret. */
export interface SourceAdapter {
  /** Undefined when no well-formed signature came along. */
  readonly claim: (call: OutsideCall) => Claim | undefined;
  /** How far the signed time may be from now, either way. */
  readonly windowMs: number;
  /** The time that the signature covers, in Unix milliseconds; null when it covers none. */
  readonly sentAt: (call: OutsideCall, payload: JsonObject) => number | null;
  /** The sender's own id of this delivery, the same when it is sent again; null when it has none. */
  readonly deliveryId: (call: OutsideCall, payload: JsonObject) => string | null;
  /** What it means; the refusal is one sentence about the shape. */
  readonly read: (
    call: OutsideCall,
    payload: JsonObject,
  ) => Result<OutsideSignal | Challenge, string>;
}

const hexDigest = /^[0-9a-f]{64}$/;

/** A header that is an HMAC-SHA256 over the body, in hex. */
export function claimHex(signature: string, prefix = ''): Claim | undefined {
  return hexDigest.test(signature) ? { scheme: 'hmac-sha256', prefix, signature } : undefined;
}

/** Identities, as text or number, as they are kept. */
export const outsideId = z
  .union([z.string(), z.number().int().transform(String)])
  .transform(visibleText)
  .pipe(z.string().trim().min(1).max(200));

const limits = { title: 300, text: 20_000, word: 200, url: 1000, tags: 50 } as const;

/** A report with its texts visible and short enough to keep. */
export function report(raw: Omit<OutsideReport, 'kind'>): OutsideReport {
  const word = (text: string, max: number = limits.word) => capText(visibleText(text), max);
  const { part } = raw;
  return {
    kind: 'report',
    thread: raw.thread,
    reference: word(raw.reference),
    url: raw.url === null ? null : word(raw.url, limits.url),
    tags: raw.tags.slice(0, limits.tags).map((tag) => word(tag)),
    part: {
      id: part.id,
      at: instant(part.at),
      author: part.author === null ? null : word(part.author),
      title: word(part.title, limits.title).replace(/\s+/g, ' ').trim(),
      text: capText(visibleText(part.text), limits.text),
    },
  };
}

/** Times of before 1970 are mistakes, and no database here takes the year 0. */
function instant(text: string): string {
  return new Date(Math.max(0, Date.parse(text) || 0)).toISOString();
}

/** One sentence about the first thing that is not as it should be. */
export function shapeRefusal(what: string, error: z.ZodError) {
  const [issue] = error.issues;
  const where = issue?.path.map(String).join('.') || 'the payload';
  return refuse(`expected ${what}, but ${where}: ${issue?.message ?? 'is not'}`);
}
