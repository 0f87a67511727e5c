// Pure: how a change goes into `POST git/trees`.
import type { ChangeSet } from '#model/change-set.ts';

/** One entry as the API takes it: inline text, the name of a blob, or `sha: null` to delete. */
export interface TreeEntry {
  readonly path: string;
  readonly mode: string;
  readonly type: 'blob';
  readonly content?: string;
  readonly sha?: string | null;
}

/** What a tree needs: entries that are ready, and contents to be sent as blobs first. */
export interface TreePlan {
  readonly entries: readonly TreeEntry[];
  readonly uploads: readonly {
    readonly path: string;
    readonly mode: string;
    readonly bytes: Uint8Array;
  }[];
}

/** A request of many megabytes is refused; what is larger than this goes as a blob. */
const inlineBytesMax = 1_000_000;
const inlineTotalMax = 5_000_000;

/** Plan the tree of a change set on its base. */
export function planTree(changeSet: ChangeSet, blobs: ReadonlyMap<string, Uint8Array>): TreePlan {
  const files = changeSet.entries.flatMap((entry) =>
    entry.op === 'put'
      ? [{ path: entry.path, mode: entry.mode, bytes: blobs.get(entry.sha256) ?? new Uint8Array() }]
      : [],
  );
  const plan = planFiles(files);
  const deletes = changeSet.entries.flatMap((entry): TreeEntry[] =>
    entry.op === 'delete' ? [{ path: entry.path, mode: '100644', type: 'blob', sha: null }] : [],
  );
  return { ...plan, entries: [...plan.entries, ...deletes] };
}

/** Plan a tree of files: text inline as long as it stays small, everything else as blobs. */
export function planFiles(files: TreePlan['uploads']): TreePlan {
  const entries: TreeEntry[] = [];
  const uploads: TreePlan['uploads'][number][] = [];
  let inlined = 0;
  for (const file of files) {
    const content = inlineText(file.bytes);
    if (content === undefined || inlined + file.bytes.length > inlineTotalMax) uploads.push(file);
    else {
      inlined += file.bytes.length;
      entries.push({ path: file.path, mode: file.mode, type: 'blob', content });
    }
  }
  return { entries, uploads };
}

/** The text of bytes that come back the same from UTF-8, else undefined. */
function inlineText(bytes: Uint8Array): string | undefined {
  if (bytes.length > inlineBytesMax || bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
