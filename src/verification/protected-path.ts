// Pure: which changed files a policy says no change may touch.
import { foldPath, matchesGlob } from './glob.ts';
import type { PatchFile } from './patch-file.ts';

/**
 * The changed paths that a protecting rule names. A rule is a glob, or a glob with `#key.key`:
 * then only that part of the JSON file is protected. Paths are compared in one case and one
 * Unicode form, because file systems and people do not tell them apart. A JSON file that cannot
 * be read on a side where it exists counts as touched.
 */
export function protectedPathsTouched(
  files: readonly PatchFile[],
  rules: readonly string[],
): readonly { readonly path: string; readonly rule: string }[] {
  return files.flatMap((file) => {
    const rule = rules.find((one) => isTouched(file, one));
    return rule === undefined ? [] : [{ path: file.path, rule }];
  });
}

function isTouched(file: PatchFile, rule: string): boolean {
  const hash = rule.indexOf('#');
  const glob = foldPath(hash < 0 ? rule : rule.slice(0, hash));
  if (!matchesGlob(foldPath(file.path), glob)) return false;
  return hash < 0 || isKeyChanged(file, rule.slice(hash + 1).split('.'));
}

/** True when the value under a key of a JSON file differs between base and head. */
export function isKeyChanged(file: PatchFile, keys: readonly string[]): boolean {
  const base = jsonOf(file.baseBlob, file.baseText);
  const head = jsonOf(file.headBlob, file.headText);
  if (!base.ok || !head.ok) return true;
  return JSON.stringify(valueAt(base.value, keys)) !== JSON.stringify(valueAt(head.value, keys));
}

function jsonOf(blob: string | null, text: string | null): { ok: boolean; value?: unknown } {
  if (blob === null) return { ok: true };
  if (text === null) return { ok: false };
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return { ok: false };
  }
}

function valueAt(value: unknown, keys: readonly string[]): unknown {
  let at = value;
  for (const key of keys) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = Reflect.get(at, key);
  }
  return at;
}
