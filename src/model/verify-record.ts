import { z } from 'zod';

/**
 * The four cells: which code meets which tests. `headHead` is the change as it is; `headBase` its
 * code under the base's tests and configuration; `baseHead` the base's code under the change's
 * tests (the red proof); `baseBase` what was true before.
 */
export const cellNames = ['baseBase', 'headBase', 'baseHead', 'headHead'] as const;
export type CellName = (typeof cellNames)[number];

const test = z.strictObject({
  command: z.string(),
  suite: z.string().nullable(),
  name: z.string(),
  status: z.enum(['passed', 'failed', 'skipped', 'other']),
  durationMs: z.number().nonnegative(),
});

const commandRecord = z.strictObject({
  name: z.string(),
  run: z.string(),
  /** Null when a signal or the limit ended it. */
  exitCode: z.number().int().nullable(),
  timedOut: z.boolean(),
  durationMs: z.number().nonnegative(),
  /** `none`: policy names no report. `missing`, `unreadable`: it does, and it was not there or not JUnit. */
  report: z.enum(['none', 'found', 'missing', 'unreadable']),
});

/** `tests/<cell>.json`: what the harness saw. Names and statuses are the subject's own words. */
export const cellRecordSchema = z.strictObject({
  schema: z.literal('sallyport/cell/v1'),
  cell: z.enum(cellNames),
  /** The git tree the cell ran on. */
  tree: z.string().regex(/^[0-9a-f]{40}$/),
  setup: commandRecord.nullable(),
  commands: z.array(commandRecord),
  tests: z.array(test).max(50_000),
});

/** `patch/files.json`: the changed paths, with the git blob names on both sides. */
export const patchFilesSchema = z.strictObject({
  schema: z.literal('sallyport/patch/v1'),
  files: z.array(
    z.strictObject({
      path: z.string(),
      status: z.enum(['added', 'modified', 'deleted']),
      isTest: z.boolean(),
      baseMode: z.string().nullable(),
      headMode: z.string().nullable(),
      /** Git blob names (SHA-1); null where the side has no such file. */
      baseBlob: z.string().nullable(),
      headBlob: z.string().nullable(),
    }),
  ),
});

/** `ui/<screen>/<viewport>/meta.json`: three numbers, never only a thresholded verdict. */
export const screenMetaSchema = z.strictObject({
  schema: z.literal('sallyport/screen/v1'),
  screen: z.string(),
  viewport: z.string(),
  width: z.number().int(),
  height: z.number().int(),
  url: z.string(),
  /** `missing` with a sentence when a side could not be captured (server never ready, page error). */
  before: z.strictObject({
    status: z.enum(['captured', 'missing']),
    because: z.string().nullable(),
  }),
  after: z.strictObject({
    status: z.enum(['captured', 'missing']),
    because: z.string().nullable(),
  }),
  equal: z.strictObject({ png: z.boolean(), aria: z.boolean(), html: z.boolean() }).nullable(),
  /** Changed pixels at threshold 0 and at 0.1; null when a side is missing or the sizes differ. */
  pixelsAt0: z.number().int().nullable(),
  pixelsAt01: z.number().int().nullable(),
});

/** `verify.json`: the verify job's own account. Everything the verdict needs is derived again from files. */
export const verifyRecordSchema = z.strictObject({
  schema: z.literal('sallyport/verify/v1'),
  baseSha: z.string().regex(/^[0-9a-f]{40}$/),
  baseTree: z.string().regex(/^[0-9a-f]{40}$/),
  headTree: z.string().regex(/^[0-9a-f]{40}$/),
  /** SHA-256 of `change-set.json` as this job read it. */
  changeSetSha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** SHA-256 of the policy file's bytes at the base commit. */
  policySha256: z.string().regex(/^[0-9a-f]{64}$/),
  environment: z.strictObject({
    node: z.string(),
    chromium: z.string().nullable(),
    fonts: z.string().nullable(),
    platform: z.string(),
  }),
  startedAt: z.string(),
  durationMs: z.number().nonnegative(),
  /** Sentences about what was cut or could not be done. */
  notes: z.array(z.string()),
});

export type TestRecord = z.infer<typeof test>;
export type CommandRecord = z.infer<typeof commandRecord>;
export type CellRecord = z.infer<typeof cellRecordSchema>;
export type PatchFiles = z.infer<typeof patchFilesSchema>;
export type ScreenMeta = z.infer<typeof screenMetaSchema>;
export type VerifyRecord = z.infer<typeof verifyRecordSchema>;
