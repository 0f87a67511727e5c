import { z } from 'zod';
import { phases } from '#model/grant.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import type { BrokerRefusal } from './refusal.ts';
import { brokerRefusal } from './refusal.ts';

/** An exchange as it comes in. `authorization` holds every such header (`headersDistinct`). */
export interface ExchangeRequest {
  readonly authorization: readonly string[];
  /** Every `DPoP` header. */
  readonly proofs: readonly string[];
  readonly contentType: string | undefined;
  readonly body: Uint8Array;
}

/** GitHub's ID tokens have about 2 KiB; parsing starts below this (CVE-2025-66506). */
const authorizationMax = 8192;
/** Two short members. */
export const exchangeBytesMax = 1024;
const bearer = /^Bearer ([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/;
const session = /^Bearer (agm_[A-Za-z0-9_-]{43})$/;
const json = /^application\/json(?:\s*;\s*charset=utf-8)?$/i;

const order = z.strictObject({ grant: z.uuid(), phase: z.enum(phases) });
export type ExchangeOrder = z.infer<typeof order>;

/** A2, A3: one bearer token in shape, one small JSON object with exactly two known members. */
export function checkRequest(
  request: ExchangeRequest,
): Result<{ readonly token: string; readonly order: ExchangeOrder }, BrokerRefusal> {
  const [header = ''] = request.authorization;
  // The length before the pattern: a header of dots is cheap to send and costly to split.
  const token = header.length <= authorizationMax ? bearer.exec(header)?.[1] : undefined;
  if (request.authorization.length !== 1 || token === undefined) {
    return refuse(brokerRefusal('invalid_token', 'A2', 'expected one bearer token in JWT form'));
  }
  const body = checkJson(request, exchangeBytesMax);
  if (!body.ok) return body;
  const parsed = order.safeParse(body.value);
  if (parsed.success) return ok({ token, order: parsed.data });
  return refuse(
    brokerRefusal('invalid_request', 'A3', 'expected exactly a grant and a known phase'),
  );
}

/** A JSON body below a cap, or the status that says what is wrong with it. */
export function checkJson(
  request: Pick<ExchangeRequest, 'contentType' | 'body'>,
  bytesMax: number,
): Result<unknown, BrokerRefusal> {
  const wrong = (status: 400 | 413 | 415, detail: string) =>
    refuse(brokerRefusal('invalid_request', 'A3', detail, status));
  if (!json.test(request.contentType ?? '')) return wrong(415, 'expected application/json');
  if (request.body.length > bytesMax) return wrong(413, `expected at most ${bytesMax} bytes`);
  try {
    return ok(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(request.body)));
  } catch {
    return wrong(400, 'expected JSON in UTF-8');
  }
}

/** The session token of an Authorization header; undefined when there is not exactly one. */
export function toSessionToken(authorization: readonly string[]): string | undefined {
  return authorization.length === 1 ? session.exec(authorization[0] ?? '')?.[1] : undefined;
}
