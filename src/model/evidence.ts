import { z } from 'zod';

/** Limits of one evidence tree (evidence.accept refuses what exceeds them). */
export const evidenceLimits = {
  filesMax: 2000,
  fileBytesMax: 25_000_000,
  bytesMax: 200_000_000,
  ratioMax: 100,
} as const;

/** Lower-case, no `..`, no leading slash or dot: the only paths an evidence tree may hold. */
export const evidencePath = /^(?!.*\.\.)[a-z0-9][a-z0-9._/-]{0,179}$/;

const hex64 = z.string().regex(/^[0-9a-f]{64}$/);
const hex40 = z.string().regex(/^[0-9a-f]{40}$/);

/** `verifier`: computed by the harness. `subject`: whatever the code under test controls. `agent`: its own words. */
export const trusts = ['verifier', 'subject', 'agent'] as const;

export const manifestSchema = z.strictObject({
  schema: z.literal('sallyport/evidence/v1'),
  id: z.string(),
  createdAt: z.string(),
  repository: z.strictObject({ id: z.number().int(), fullName: z.string() }),
  issue: z.number().int(),
  run: z.strictObject({
    id: z.string(),
    workflowRunId: z.number().int(),
    attempt: z.number().int(),
  }),
  subject: z.strictObject({
    headSha: hex40,
    headTree: hex40,
    baseRef: z.string(),
    baseSha: hex40,
    changeSetSha256: hex64,
  }),
  requesterId: z.number().int(),
  policySha256: hex64,
  snapshotSha256: hex64,
  artifacts: z.array(z.strictObject({ id: z.number().int(), name: z.string(), sha256: hex64 })),
  verdict: z.strictObject({
    result: z.enum(['proven', 'unproven']),
    properties: z.array(z.string()),
    missing: z.array(z.strictObject({ property: z.string(), because: z.string() })),
    findings: z.array(
      z.strictObject({
        id: z.string(),
        severity: z.enum(['high', 'warn', 'info']),
        path: z.string().nullable(),
        line: z.number().int().nullable(),
        sentence: z.string(),
      }),
    ),
    cells: z.record(
      z.string(),
      z.strictObject({
        passed: z.number().int(),
        failed: z.number().int(),
        skipped: z.number().int(),
        green: z.boolean(),
      }),
    ),
    redGreen: z.array(z.strictObject({ command: z.string(), name: z.string() })),
  }),
  files: z.array(
    z.strictObject({
      path: z.string().regex(evidencePath),
      sha256: hex64,
      bytes: z.number().int().nonnegative(),
      mediaType: z.string(),
      trust: z.enum(trusts),
    }),
  ),
});
export type Manifest = z.infer<typeof manifestSchema>;
export type EvidenceFile = Manifest['files'][number];

/** A DSSE envelope (secure-systems-lab/dsse v1): the payload is base64, the signature covers its PAE. */
export interface Envelope {
  readonly payloadType: 'application/vnd.in-toto+json';
  readonly payload: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}
