// Pure: where each piece of evidence lies (all names match #model/evidence.ts: lower-case, no `..`).
import type { CellName } from '#model/verify-record.ts';

/** File names of the cells. */
export const cellFiles = {
  baseBase: 'base-base',
  headBase: 'head-base',
  baseHead: 'base-head',
  headHead: 'head-head',
} as const satisfies Readonly<Record<CellName, string>>;

/** Blobs above this are named in `files.json` but not carried: no person reviews them line by line. */
export const blobBytesMax = 1_000_000;

/** The paths of an evidence tree. */
export const layout = {
  verify: 'verify.json',
  patch: 'patch/head.patch',
  patchFiles: 'patch/files.json',
  egress: 'egress.jsonl',
  cell: (cell: CellName) => `tests/${cellFiles[cell]}.json`,
  report: (cell: CellName, command: string) => `tests/raw/${cellFiles[cell]}-${command}.xml`,
  log: (cell: CellName, command: string) => `logs/${cellFiles[cell]}-${command}.txt`,
  blob: (side: 'base' | 'head', sha: string) => `patch/${side}/${sha}`,
  screen: (screen: string, viewport: string) => `ui/${screen}/${viewport}`,
} as const;

const known: readonly RegExp[] = [
  /^(?:verify\.json|egress\.jsonl|patch\/head\.patch|patch\/files\.json)$/,
  /^patch\/(?:base|head)\/[0-9a-f]{40}$/,
  /^tests\/(?:base|head)-(?:base|head)\.json$/,
  /^tests\/raw\/(?:base|head)-(?:base|head)-[a-z0-9-]{1,40}\.xml$/,
  /^logs\/[a-z0-9-]{1,80}\.txt$/,
  /^ui\/[a-z0-9-]{1,44}\/(?:desktop|phone)\/(?:(?:before|after)\.(?:png|aria\.yml|html)|diff\.png|meta\.json)$/,
];

/** True when the path has a place in an evidence tree. */
export function isEvidencePath(path: string): boolean {
  return known.some((pattern) => pattern.test(path));
}
