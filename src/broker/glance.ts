/** What a token has to say of itself before its signature is worth looking at. */
export interface Expected {
  readonly issuer: string;
  /** Whether an audience may be ours; a list of them is left to the claim checks. */
  readonly isAudience: (audience: string) => boolean;
  readonly nowSeconds: number;
  readonly skewSeconds: number;
  /** True only for a key that the issuer is known not to have, without asking it again. */
  readonly isUnknownKey: (kid: string) => boolean;
}

/**
 * A cheap look at what nobody has proven yet, so that a flood of made-up tokens costs no signature
 * check: undefined when it may be a token for us, else what is wrong. It only ever refuses; whatever
 * passes is checked again behind the signature.
 */
export function glance(token: string, expected: Expected): string | undefined {
  const [first = '', second = ''] = token.split('.', 2);
  const header = decode(first);
  if (header?.alg !== 'RS256' || typeof header.kid !== 'string')
    return 'no RS256 header with a key id';
  if (expected.isUnknownKey(header.kid)) return 'a key that the issuer does not have';
  const payload = decode(second);
  if (payload === undefined) return 'no claims';
  if (payload.iss !== expected.issuer) return 'another issuer';
  const { aud, exp } = payload;
  if (typeof aud === 'string' && !expected.isAudience(aud)) return 'another audience';
  const isOver = typeof exp !== 'number' || exp <= expected.nowSeconds - expected.skewSeconds;
  return isOver ? 'expired' : undefined;
}

function decode(part: string): Record<string, unknown> | undefined {
  // Every JSON object begins with `{`, and so does its base64url: no parser is started for the rest.
  if (!part.startsWith('ey') && !part.startsWith('ew')) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
