import { z } from 'zod';

/** An uploaded artifact as a job names it: GitHub's id, and the SHA-256 of the zip in hex. */
export const artifactSchema = z.strictObject({
  id: z.number().int().positive().max(Number.MAX_SAFE_INTEGER),
  /** With or without the algorithm's name in front. */
  digest: z
    .string()
    .regex(/^(?:sha256:)?[0-9a-f]{64}$/)
    .transform((digest) => digest.replace(/^sha256:/, '')),
});
