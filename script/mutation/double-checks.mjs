/** Deletions that no test can notice, because another check refuses the same; and which one does. */
export const doubleChecks = {
  'verify-token.ts option: issuer': 'the glance compares the issuer before',
  "verify-token.ts option: algorithms: ['RS256']": 'the glance takes RS256 alone',
  "verify-token.ts requiredClaims: 'exp'": 'the glance wants an expiry that is a number',
  "verify-token.ts requiredClaims: 'iat'": 'an age cannot be had without it, and jose refuses',
  'check-claims.ts member iss: text': 'the glance compares the issuer as it is, a text',
  'check-claims.ts member aud: text': 'C1 compares with our audience, which is a text',
  'artifact.ts anchor ^ of ^sha256:: ^': 'the form of a digest has it in no other place',
  "glance.ts condition: !part.startsWith('ey') && !part.startsWith('ew')":
    'what is no object is refused after it was parsed; this spares the parsing',
  "verify-token.ts option: algorithms: ['ES256']":
    'a key of the one curve signs by no other algorithm',
  "check-proof.ts member kty: z.literal('EC')": 'a key of another kind has no P-256',
  "check-proof.ts member crv: z.literal('P-256')": 'jose takes ES256 with no other curve',
  'check-proof.ts member x: z.string().length(43)': 'jose imports no key that is not on the curve',
  'check-proof.ts member y: z.string().length(43)': 'jose imports no key that is not on the curve',
  'check-proof.ts member htm: z.string()': 'compared with our method, a text',
  'check-proof.ts member htu: z.string()': 'compared with our address, a text',
  'check-proof.ts member iat: z.number().int()': 'jose wants a time that is a number',
  'check-proof.ts member ath: z.string()': 'compared with the digest of the token, a text',
  'check-proof.ts member bh: z.string().optional()': 'compared with the digest of the body, a text',
};
