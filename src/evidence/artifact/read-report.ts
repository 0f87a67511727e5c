// Pure: what the report job named, and whether there is anything to publish.
import { z } from 'zod';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';

const artifact = z.object({
  id: z.number().int().positive(),
  digest: z.string().regex(/^(?:sha256:)?[0-9a-f]{64}$/),
});

const reportSchema = z.object({
  agent: z.object({
    outcome: z.string().max(40),
    result: z.string().max(40).nullish(),
    artifact: artifact.nullable(),
  }),
  verify: z.object({ outcome: z.string().max(40), artifact: artifact.nullable() }),
});

/** An artifact as a job named it: id, and the SHA-256 of the zip in hex. */
export interface NamedArtifact {
  readonly id: number;
  readonly sha256: string;
}

/** The report of one run. */
export interface Report {
  readonly agent: { readonly outcome: string; readonly artifact: NamedArtifact | null };
  readonly verify: { readonly outcome: string; readonly artifact: NamedArtifact | null };
}

/** Read the stored report; the refusal is one sentence. */
export function readReport(document: unknown): Result<Report, string> {
  const parsed = reportSchema.safeParse(document);
  if (!parsed.success) return refuse('the report job named its artifacts in a form nobody knows');
  const { agent, verify } = parsed.data;
  return ok({
    agent: { outcome: agent.outcome, artifact: named(agent.artifact) },
    verify: { outcome: verify.outcome, artifact: named(verify.artifact) },
  });
}

function named(one: z.infer<typeof artifact> | null): NamedArtifact | null {
  return one && { id: one.id, sha256: one.digest.replace('sha256:', '') };
}
