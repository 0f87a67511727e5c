/** Deletions that no test can notice, because another check refuses the same; and which one does. */
export const doubleChecks = {
  'broker.ts option: issuer: deps.trust.issuer': 'the glance compares the issuer before',
  "broker.ts option: algorithms: ['RS256']": 'the glance takes RS256 alone',
  "broker.ts requiredClaims: 'exp'": 'the glance wants an expiry that is a number',
  "broker.ts requiredClaims: 'iat'": 'an age cannot be had without it, and jose refuses',
  'check-claims.ts member iss: text': 'the glance compares the issuer as it is, a text',
  'check-claims.ts member aud: text': 'C1 compares with our audience, which is a text',
  'check-claims.ts condition: claims.aud !== audience': 'jose compares; the form leaves no list',
  'parse-report.ts anchor ^ of ^sha256:: ^': 'the form of a digest has it in no other place',
};
