import { z } from 'zod';

/** One line of `egress.jsonl`: one call out of the sandbox, allowed or refused. */
export const egressCallSchema = z.strictObject({
  /** RFC 3339 with milliseconds. */
  at: z.string(),
  phase: z.enum(['setup', 'work', 'verify', 'capture']),
  /** `connect` a TLS tunnel, `http` plain HTTP, `dns` a name asked, `tcp` anything else caught. */
  kind: z.enum(['connect', 'http', 'dns', 'tcp']),
  method: z.string().max(20).nullable(),
  host: z.string().max(300),
  port: z.number().int().nullable(),
  path: z.string().max(500).nullable(),
  /** The address dialled; null when none was. */
  address: z.string().nullable(),
  decision: z.enum(['allowed', 'refused']),
  /** The rule that decided, for example `policy:npm`, `route:context`, `host-not-listed`, `ip-literal`. */
  rule: z.string(),
  bytesOut: z.number().int().nonnegative(),
  bytesIn: z.number().int().nonnegative(),
  durationMs: z.number().nonnegative(),
  status: z.number().int().nullable(),
  /** What went wrong with a call that the rule let through (`ECONNREFUSED`, `CERT_HAS_EXPIRED`). */
  because: z.string().max(100).nullable().default(null),
  /** Who asked for a refused call, program and command line; null where the gate cannot know. */
  process: z.string().max(200).nullable().default(null),
});
export type EgressCall = z.infer<typeof egressCallSchema>;
