// Pure: which paths may be written into a repository. Paths come from the agent.
import { visibleText } from '#model/text.ts';

/** GitHub and most file systems stop at 255 bytes a name; git itself at 4096 a path. */
const nameBytesMax = 255;

/**
 * A sentence when a path must not be in a tree, null when it may: relative, no empty or dot parts,
 * no backslash or character that people cannot see, in one Unicode form, and no spelling of `.git`
 * that some file system takes for it (CVE-2014-9390, CVE-2019-1353).
 */
export function pathTrouble(path: string): string | null {
  const shown = JSON.stringify(path.slice(0, 120));
  if (!path.isWellFormed() || visibleText(path) !== path || /[\t\n\\]/.test(path)) {
    return `the path ${shown} holds a character that no path may hold`;
  }
  if (path.normalize('NFC') !== path) return `the path ${shown} is not in Unicode form NFC`;
  const parts = path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..')) {
    return `the path ${shown} does not stay inside the repository`;
  }
  if (parts.some((part) => Buffer.byteLength(part) > nameBytesMax)) {
    return `the path ${shown} holds a name of more than ${nameBytesMax} bytes`;
  }
  return parts.some(isGitFolder) ? `the path ${shown} lies in a .git folder` : null;
}

/** NTFS: short name, trailing dots and spaces, stream suffix; HFS+: case and ignorable characters. */
function isGitFolder(part: string): boolean {
  const folded = (part.split(':')[0] ?? '')
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[. ]+$/, '');
  return folded === '.git' || /^git~\d+$/.test(folded);
}
