import { z } from 'zod';
import { modelUsageSchema } from './model-usage.ts';

/** Limits of one change: beyond them it is refused whole, never cut. */
export const changeSetLimits = {
  entriesMax: 3000,
  blobBytesMax: 10_000_000,
  bytesMax: 50_000_000,
} as const;

const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/);
const gitSha = z.string().regex(/^[0-9a-f]{40}$/);

/** Git's file modes that a change may carry: file, executable, symbolic link. */
export const fileModes = ['100644', '100755', '120000'] as const;

const put = z.strictObject({
  op: z.literal('put'),
  path: z.string().min(1).max(4096),
  mode: z.enum(fileModes),
  sha256: sha256Hex,
  bytes: z.number().int().nonnegative(),
});
const remove = z.strictObject({ op: z.literal('delete'), path: z.string().min(1).max(4096) });

/**
 * What the agent left behind: paths, modes and blobs against the base commit, sorted by path.
 * Lies in the artifact `sallyport-change-set` as `change-set.json`, its blobs in `blob/<sha256>`.
 */
export const changeSetSchema = z.strictObject({
  schema: z.literal('sallyport/change-set/v1'),
  /** How the agent ended. Only `changed` carries entries. */
  result: z.enum(['changed', 'unchanged', 'failed', 'timed_out', 'refused']),
  /** One sentence for the maintainer when the result is not `changed`; null when it is. */
  because: z.string().max(2000).nullable(),
  baseSha: gitSha,
  agent: z.strictObject({
    use: z.string(),
    exitCode: z.number().int().nullable(),
    durationMs: z.number().nonnegative(),
    /** What it used of its model; null where that does not pass the gate's own route. */
    usage: modelUsageSchema.nullable().default(null),
  }),
  entries: z.array(z.discriminatedUnion('op', [put, remove])).max(changeSetLimits.entriesMax),
});

export type ChangeSet = z.infer<typeof changeSetSchema>;
export type ChangeEntry = ChangeSet['entries'][number];
