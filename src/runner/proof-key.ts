import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { proofType } from '#model/possession.ts';

/** One request that is to be proven. `body` is null where it is not known when the proof is made. */
export interface ProvenRequest {
  readonly method: string;
  readonly url: string;
  readonly token: string;
  readonly body: string | null;
}

/** A key of this process alone: it is nowhere written, and dies with the process. */
export interface ProofKey {
  /** RFC 7638, SHA-256, base64url. */
  readonly thumbprint: string;
  /** A proof for one request, to be used once. */
  prove(request: ProvenRequest): string;
}

/** Make a P-256 key in memory. */
export function createProofKey(now: () => number = Date.now): ProofKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { crv, kty, x, y } = publicKey.export({ format: 'jwk' });
  // The members in this order are the thumbprint's own form.
  const jwk = { crv, kty, x, y };
  const header = encode({ typ: proofType, alg: 'ES256', jwk });
  return {
    thumbprint: digest(JSON.stringify(jwk)),
    prove: ({ method, url, token, body }) => {
      const claims = {
        ...{ jti: randomUUID(), htm: method, htu: url, iat: Math.floor(now() / 1000) },
        ath: digest(token),
        ...(body === null ? {} : { bh: digest(body) }),
      };
      const input = `${header}.${encode(claims)}`;
      const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
      return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
    },
  };
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
