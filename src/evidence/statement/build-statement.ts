// Pure: a manifest as an in-toto Statement v1 with a Simple Verification Result (svr v0.2).
import { z } from 'zod';
import { canonicalJson } from '#model/canonical-json.ts';
import { sha256OfJson } from '#model/digest.ts';
import type { Manifest } from '#model/evidence.ts';

/** The only predicate that a reader of ours accepts. */
export const predicateType = 'https://in-toto.io/attestation/svr/v0.2';

/** Names of the subjects besides the repository. */
export const manifestName = 'manifest.json';

/** The statement that is signed; strict, so that nothing rides along unread. */
export const statementSchema = z.strictObject({
  _type: z.literal('https://in-toto.io/Statement/v1'),
  subject: z.tuple([
    z.strictObject({ name: z.string(), digest: z.strictObject({ gitCommit: z.string() }) }),
    z.strictObject({
      name: z.literal(manifestName),
      digest: z.strictObject({ sha256: z.string() }),
    }),
  ]),
  predicateType: z.string(),
  predicate: z.strictObject({
    verifier: z.strictObject({
      id: z.string(),
      policies: z.array(
        z.strictObject({ uri: z.string(), digest: z.strictObject({ sha256: z.string() }) }),
      ),
    }),
    timeCreated: z.string(),
    properties: z.array(z.string()),
  }),
});
export type Statement = z.infer<typeof statementSchema>;

/** Who verified, and where its code lives. */
export interface Signer {
  /** `https://github.com`. */
  readonly serverUrl: string;
  /** The App's own URL: with it a reader knows whose word this is. */
  readonly verifierId: string;
}

/** Say of a commit what was shown, in the canonical form that is signed. Only shown properties are named. */
export function buildStatement(manifest: Manifest, signer: Signer): string {
  const repository = `git+${signer.serverUrl}/${manifest.repository.fullName}`;
  const statement: Statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [
      { name: repository, digest: { gitCommit: manifest.subject.headSha } },
      { name: manifestName, digest: { sha256: sha256OfJson(manifest) } },
    ],
    predicateType,
    predicate: {
      verifier: {
        id: signer.verifierId,
        policies: [
          {
            uri: `${repository}@${manifest.subject.baseSha}#.github/sallyport.yml`,
            digest: { sha256: manifest.policySha256 },
          },
        ],
      },
      timeCreated: manifest.createdAt,
      properties: manifest.verdict.properties.map((property) => `SALLYPORT_${property}`),
    },
  };
  return canonicalJson(statement);
}
