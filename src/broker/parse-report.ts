import { z } from 'zod';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import { artifactSchema } from './artifact.ts';
import { checkJson } from './check-request.ts';
import type { BrokerRefusal } from './refusal.ts';
import { brokerRefusal } from './refusal.ts';

/** Ids and digests of two artifacts. */
export const reportBytesMax = 4096;

const artifact = artifactSchema.nullable();
/** GitHub's results of a job. */
const outcome = z.enum(['success', 'failure', 'cancelled', 'skipped']);

const schema = z.strictObject({
  agent: z.strictObject({
    outcome,
    /** Null when the job ended before it had one. */
    result: z.enum(['changed', 'unchanged', 'failed', 'timed_out', 'refused']).nullable(),
    artifact,
  }),
  verify: z.strictObject({ outcome, artifact }),
});

/** What the report job names: outcomes, artifact ids and digests. Data, believed by nobody. */
export type Report = z.infer<typeof schema>;

/** Read the body of `POST /v1/report`. */
export function parseReport(request: {
  readonly contentType: string | undefined;
  readonly body: Uint8Array;
}): Result<Report, BrokerRefusal> {
  const body = checkJson(request, reportBytesMax);
  if (!body.ok) return body;
  const parsed = schema.safeParse(body.value);
  if (parsed.success) return ok(parsed.data);
  const where = parsed.error.issues[0]?.path.map(String).join('.') || 'the body';
  return refuse(brokerRefusal('invalid_request', 'R1', `expected a report, but ${where} is not`));
}
