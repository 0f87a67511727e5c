import type { JWTVerifyGetKey } from 'jose';
import {
  calculateJwkThumbprint,
  createRemoteJWKSet,
  customFetch,
  EmbeddedJWK,
  errors,
  jwtVerify,
} from 'jose';
import { proofType } from '#model/possession.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import type { VerifyProof } from './check-proof.ts';
import { proofKeySchema } from './check-proof.ts';
import type { KeyFetch } from './key-fetch.ts';
import { wrapKeyFetch } from './key-fetch.ts';
import type { BrokerRefusal } from './refusal.ts';
import { brokerRefusal } from './refusal.ts';
import { findRepeatedMember } from './repeated-member.ts';

/** The issuer's clock and ours (identity §1.1: seconds ahead is normal). */
export const skewSeconds = 30;

/** The issuer's keys; `isUnknown` when a key is not among those read a moment ago. */
export type IssuerKeys = JWTVerifyGetKey & { readonly isUnknown?: (kid: string) => boolean };

/** The key set of the issuer: at the address that is configured, never at one a token names. */
export function openKeys(jwksUrl: string, fetchKeys: KeyFetch, now: () => number): IssuerKeys {
  const remote = createRemoteJWKSet(new URL(jwksUrl), {
    cacheMaxAge: 600_000,
    cooldownDuration: 30_000,
    timeoutDuration: 5_000,
    [customFetch]: wrapKeyFetch(fetchKeys, now),
  });
  const getKey: JWTVerifyGetKey = (header, token) => remote(header, token);
  // Within the cool-down the set is not read again, so that who is not in it stays a stranger.
  const isUnknown = (kid: string) =>
    remote.coolingDown && (remote.jwks()?.keys.every((key) => key.kid !== kid) ?? false);
  return Object.assign(getKey, { isUnknown });
}

const keyTroubles = ['ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID', 'ERR_JOSE_GENERIC'];

/**
 * B1. Whatever jose refuses is a bad token; a key set that cannot be had is our trouble. The audience
 * is compared by the claim checks (C1), once the key is known that it has to name.
 */
export async function verifyToken(
  token: string,
  issuer: string,
  keys: IssuerKeys,
  now: Date,
): Promise<Result<unknown, BrokerRefusal>> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      algorithms: ['RS256'],
      typ: 'JWT',
      clockTolerance: skewSeconds,
      maxTokenAge: 300,
      requiredClaims: ['exp', 'iat', 'nbf', 'jti', 'sub'],
      currentDate: now,
    });
    return checkMembers(token, payload);
  } catch (error) {
    const code = error instanceof errors.JOSEError ? error.code : undefined;
    const isOurs = code === undefined || keyTroubles.includes(code);
    return refuse(
      isOurs
        ? brokerRefusal('temporarily_unavailable', 'B1', 'the issuer’s keys cannot be read')
        : brokerRefusal('invalid_token', 'B1', `the ID token is not valid: ${code}`),
    );
  }
}

/** C2, on the text itself: parsing has lost what was written twice. */
function checkMembers(token: string, payload: unknown): Result<unknown, BrokerRefusal> {
  const text = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
  const twice = findRepeatedMember(text);
  if (twice === undefined) return ok(payload);
  const detail = `expected every claim once, got ${twice.slice(0, 100)} twice`;
  return refuse(brokerRefusal('invalid_token', 'C2', detail));
}

/** The signature of a proof; its time is compared by ourselves, to both sides. */
export const verifyProof: VerifyProof = async (proof) => {
  try {
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      algorithms: ['ES256'],
      typ: proofType,
    });
    const jwk = proofKeySchema.parse(protectedHeader.jwk);
    return { payload, thumbprint: await calculateJwkThumbprint(jwk) };
  } catch {
    return undefined;
  }
};
