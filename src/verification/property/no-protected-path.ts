import type { PatchFile } from '../patch-file.ts';
import { protectedPathsTouched } from '../protected-path.ts';
import { quoteList } from '../quote.ts';
import { notShown, type Shown, shown } from './shown.ts';

/** NO_PROTECTED_PATH: the change touches nothing that the policy, or Sallyport itself, protects. */
export function noProtectedPath(files: readonly PatchFile[], rules: readonly string[]): Shown {
  const touched = protectedPathsTouched(files, rules);
  if (touched.length === 0) return shown;
  const named = [...new Set(touched.map(({ rule }) => rule))];
  return notShown(
    `The change touches ${quoteList(touched.map(({ path }) => path))}, protected by ${quoteList(named)}: only a person may change it.`,
  );
}
