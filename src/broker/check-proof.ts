import { z } from 'zod';
import { sha256 } from '#model/digest.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import type { BrokerRefusal } from './refusal.ts';
import { brokerRefusal } from './refusal.ts';

/** The request that a proof has to be of. */
export interface ProvenCall {
  /** Every `DPoP` header of it. */
  readonly proofs: readonly string[];
  readonly method: string;
  readonly url: string;
  readonly token: string;
  /** Null where the sender streams and cannot know it. */
  readonly body: Uint8Array | null;
  readonly now: Date;
}

/**
 * A proof whose signature is by the P-256 key in its header: what it says, and that key's thumbprint
 * (RFC 7638). Undefined when it is not.
 */
export type VerifyProof = (
  proof: string,
) => Promise<{ readonly payload: unknown; readonly thumbprint: string } | undefined>;

/** A proof that holds, and has not been looked up yet: it may have been used. */
export interface Proof {
  /** RFC 7638 of the key. */
  readonly thumbprint: string;
  readonly jti: string;
  readonly keepUntil: Date;
}

/** A proof of ours has about 500 bytes. */
const proofLengthMax = 2048;
/** Older or younger than this is not now; runners' clocks are a few seconds off. */
const windowSeconds = 60;

/** Exactly a public key of the one curve: a private member is refused, not ignored. */
export const proofKeySchema = z.strictObject({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string().length(43),
  y: z.string().length(43),
});
const claims = z.object({
  jti: z.string().min(16).max(64),
  htm: z.string(),
  htu: z.string(),
  iat: z.number().int(),
  ath: z.string(),
  bh: z.string().optional(),
});

/**
 * P1: the sender holds the key that the proof names, and signed this method, address, token and body
 * a moment ago. Whether that key is the right one, and the proof new, is asked after.
 *
 * Source  RFC 9449 §4.3, RFC 7638
 */
export async function checkProof(
  call: ProvenCall,
  verifyProof: VerifyProof,
): Promise<Result<Proof, BrokerRefusal>> {
  const [proof = ''] = call.proofs;
  if (call.proofs.length !== 1 || proof.length > proofLengthMax) {
    return wrong(`expected one proof of possession, got ${call.proofs.length}`);
  }
  const signed = await verifyProof(proof);
  if (!signed) return wrong('expected a proof signed by the P-256 key that it names');
  const parsed = claims.safeParse(signed.payload);
  if (!parsed.success) return wrong('expected jti, htm, htu, iat and ath in the proof');
  const { jti, iat } = parsed.data;
  const trouble = compare(parsed.data, call);
  if (trouble !== undefined) return wrong(trouble);
  const keepUntil = new Date((iat + 2 * windowSeconds) * 1000);
  return ok({ thumbprint: signed.thumbprint, jti, keepUntil });
}

function compare(told: z.infer<typeof claims>, call: ProvenCall): string | undefined {
  const age = call.now.getTime() / 1000 - told.iat;
  if (Math.abs(age) > windowSeconds) {
    return `expected a proof of now, give or take ${windowSeconds} s, got one ${Math.round(age)} s old`;
  }
  if (told.htm !== call.method) return `expected a proof of ${call.method}`;
  if (told.htu !== call.url) return `expected a proof of a call to ${call.url}`;
  if (told.ath !== digest(call.token)) return 'expected a proof of this token, got one of another';
  if (call.body === null) return undefined;
  return told.bh === digest(call.body) ? undefined : 'expected a proof of this body';
}

function digest(bytes: string | Uint8Array): string {
  return Buffer.from(sha256(bytes), 'hex').toString('base64url');
}

function wrong(detail: string) {
  return refuse(brokerRefusal('invalid_token', 'P1', detail));
}

/** How a used proof is remembered: beside used tokens, under its key. */
export function toUsed({ thumbprint, jti, keepUntil }: Proof) {
  return { iss: `proof:${thumbprint}`, jti, keepUntil };
}
