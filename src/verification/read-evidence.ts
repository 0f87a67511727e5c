// Pure: bytes in, checked records out. The tree comes from a runner: nothing in it is believed.
import type { ZodType } from 'zod';
import { gitBlobSha } from '#model/digest.ts';
import { evidenceLimits } from '#model/evidence.ts';
import { ok, type Result, refuse } from '#model/result.ts';
import {
  type CellName,
  type CellRecord,
  type cellNames,
  cellRecordSchema,
  type PatchFiles,
  patchFilesSchema,
  type ScreenMeta,
  screenMetaSchema,
  type VerifyRecord,
  verifyRecordSchema,
} from '#model/verify-record.ts';
import { isEvidencePath, layout } from './evidence-layout.ts';
import type { PatchFile } from './patch-file.ts';

/** What an evidence tree says, checked for form, not yet judged. */
export interface EvidenceRead {
  readonly verify: VerifyRecord;
  readonly cells: Readonly<Record<CellName, CellRecord>>;
  readonly files: readonly PatchFile[];
  readonly screens: readonly ScreenMeta[];
}

/** Why a tree is not evidence; the sentence names the file. */
export interface EvidenceRefusal {
  readonly reason: 'too_large' | 'unknown_file' | 'missing_file' | 'malformed' | 'inconsistent';
  readonly path: string | null;
  readonly sentence: string;
}

type Tree = ReadonlyMap<string, Uint8Array>;
type Read<T> = Result<T, EvidenceRefusal>;

/** Larger than 50,000 test records need, far below what would make parsing slow. */
const jsonBytesMax = evidenceLimits.fileBytesMax;

/**
 * Parse an evidence tree (path → bytes): every JSON against its schema, the four cells on the trees
 * they claim, every carried blob against the git name it is filed under, nothing unknown.
 */
export function readEvidence(tree: Tree): Read<EvidenceRead> {
  const trouble = checkShape(tree);
  if (trouble !== null) return refuse(trouble);
  const verify = readJson(tree, layout.verify, verifyRecordSchema);
  if (!verify.ok) return verify;
  const cells = readCells(tree, verify.value);
  if (!cells.ok) return cells;
  const patch = readJson(tree, layout.patchFiles, patchFilesSchema);
  if (!patch.ok) return patch;
  const files = readFiles(tree, patch.value);
  if (!files.ok) return files;
  const screens = readScreens(tree);
  if (!screens.ok) return screens;
  return ok({
    verify: verify.value,
    cells: cells.value,
    files: files.value,
    screens: screens.value,
  });
}

function checkShape(tree: Tree): EvidenceRefusal | null {
  let bytes = 0;
  for (const [path, content] of tree) {
    if (!isEvidencePath(path)) {
      return refusal('unknown_file', path, 'has no place in an evidence tree');
    }
    if (content.length > evidenceLimits.fileBytesMax) {
      return refusal('too_large', path, `has more than ${evidenceLimits.fileBytesMax} bytes`);
    }
    bytes += content.length;
  }
  if (tree.size <= evidenceLimits.filesMax && bytes <= evidenceLimits.bytesMax) return null;
  return {
    reason: 'too_large',
    path: null,
    sentence: `expected at most ${evidenceLimits.filesMax} files and ${evidenceLimits.bytesMax} bytes, saw ${tree.size} files and ${bytes} bytes`,
  };
}

function readCells(tree: Tree, verify: VerifyRecord): Read<Record<CellName, CellRecord>> {
  const read = (cell: CellName, tree_: string | null) => readCell(tree, cell, tree_);
  const baseBase = read('baseBase', verify.baseTree);
  if (!baseBase.ok) return baseBase;
  const headBase = read('headBase', null);
  if (!headBase.ok) return headBase;
  const baseHead = read('baseHead', null);
  if (!baseHead.ok) return baseHead;
  const headHead = read('headHead', verify.headTree);
  if (!headHead.ok) return headHead;
  return ok({
    baseBase: baseBase.value,
    headBase: headBase.value,
    baseHead: baseHead.value,
    headHead: headHead.value,
  } satisfies Record<(typeof cellNames)[number], CellRecord>);
}

function readCell(tree: Tree, cell: CellName, expected: string | null): Read<CellRecord> {
  const path = layout.cell(cell);
  const read = readJson(tree, path, cellRecordSchema);
  if (!read.ok) return read;
  if (read.value.cell !== cell) {
    return refuse(refusal('inconsistent', path, `is a record of the cell ${read.value.cell}`));
  }
  return expected === null || read.value.tree === expected
    ? read
    : refuse(refusal('inconsistent', path, `ran on the tree ${read.value.tree}, not ${expected}`));
}

function readFiles(tree: Tree, patch: PatchFiles): Read<readonly PatchFile[]> {
  for (const side of ['base', 'head'] as const) {
    const named = new Set(patch.files.map((file) => file[`${side}Blob`]));
    for (const [path, content] of tree) {
      const sha = path.startsWith(`patch/${side}/`) ? path.slice(`patch/${side}/`.length) : null;
      if (sha === null) continue;
      if (!named.has(sha)) {
        return refuse(refusal('unknown_file', path, 'is named by no changed path'));
      }
      if (gitBlobSha(content) !== sha) {
        return refuse(refusal('inconsistent', path, 'does not have the content its name says'));
      }
    }
  }
  return ok(
    patch.files.map((file) => ({
      ...file,
      baseText: textOf(tree, 'base', file.baseBlob),
      headText: textOf(tree, 'head', file.headBlob),
    })),
  );
}

function textOf(tree: Tree, side: 'base' | 'head', sha: string | null): string | null {
  const bytes = sha === null ? undefined : tree.get(layout.blob(side, sha));
  return bytes === undefined ? null : readText(bytes);
}

/** UTF-8 text, or null for what is not text: NUL bytes or malformed sequences. */
export function readText(bytes: Uint8Array): string | null {
  if (bytes.includes(0)) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

function readScreens(tree: Tree): Read<readonly ScreenMeta[]> {
  const screens: ScreenMeta[] = [];
  for (const path of [...tree.keys()].filter((one) => one.endsWith('/meta.json')).sort()) {
    const read = readJson(tree, path, screenMetaSchema);
    if (!read.ok) return read;
    const meta = read.value;
    if (path !== `${layout.screen(meta.screen, meta.viewport)}/meta.json`) {
      return refuse(refusal('inconsistent', path, 'is filed under another screen’s name'));
    }
    const lacking = picturesLacking(tree, meta);
    if (lacking !== null) return refuse(refusal('missing_file', lacking, 'is not there'));
    screens.push(meta);
  }
  return ok(screens);
}

/** A side that says `captured` has its three artefacts. */
function picturesLacking(tree: Tree, meta: ScreenMeta): string | null {
  const folder = layout.screen(meta.screen, meta.viewport);
  const wanted = (['before', 'after'] as const)
    .filter((side) => meta[side].status === 'captured')
    .flatMap((side) => ['png', 'aria.yml', 'html'].map((kind) => `${folder}/${side}.${kind}`));
  return wanted.find((path) => !tree.has(path)) ?? null;
}

function readJson<T>(tree: Tree, path: string, schema: ZodType<T>): Read<T> {
  const bytes = tree.get(path);
  if (bytes === undefined) return refuse(refusal('missing_file', path, 'is not there'));
  if (bytes.length > jsonBytesMax) {
    return refuse(refusal('too_large', path, `has more than ${jsonBytesMax} bytes`));
  }
  const json = parseJson(bytes);
  if (json === undefined) return refuse(refusal('malformed', path, 'is not JSON in UTF-8'));
  const parsed = schema.safeParse(json);
  if (parsed.success) return ok(parsed.data);
  const where = parsed.error.issues[0]?.path.join('.') || 'the top';
  return refuse(refusal('malformed', path, `does not follow its schema, first at ${where}`));
}

function parseJson(bytes: Uint8Array): unknown {
  const text = readText(bytes);
  if (text === null) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusal(reason: EvidenceRefusal['reason'], path: string, what: string): EvidenceRefusal {
  return { reason, path, sentence: `the evidence file ${JSON.stringify(path)} ${what}` };
}
