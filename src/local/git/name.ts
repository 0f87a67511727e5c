/** Longer names are nobody's; git's own files could not hold them. */
const NAME_CHARS_MAX = 1024;

/** What git writes where there is no commit. */
export const ZERO_SHA = '0'.repeat(40);

/** The tree without entries, which every git knows. */
export const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/** Whether a text is a full object id. */
export function isSha(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}

/** Whether git would take a full reference name (`refs/…`): the rules of git-check-ref-format. */
export function isRefName(ref: string): boolean {
  if (ref.length > NAME_CHARS_MAX || !/^refs\/[^/]+\/./.test(ref)) return false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
  if (/[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|[/.]$/.test(ref)) return false;
  return ref.split('/').every((part) => !part.startsWith('.') && !part.endsWith('.lock'));
}

/**
 * Whether a name is safe to hand to git as a revision: no option, no blank, and neither a reflog
 * (`@{u}`) nor a search (`^{/text}`): git ends on those instead of saying that there is nothing.
 */
export function isRevision(name: string): boolean {
  if (/@\{|\{\//.test(name)) return false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused.
  return name.length <= NAME_CHARS_MAX && /^[^-\u0000-\u0020][^\u0000-\u0020]*$/.test(name);
}

/** Whether a path can stand in a tree: relative, no empty part, nothing of git's own. */
export function isTreePath(path: string): boolean {
  if (path === '' || path.length > 4096 || path.includes('\0')) return false;
  return path.split('/').every((part) => !/^\.{0,2}$/.test(part) && !isDotGit(part));
}

// Signs that one system's file names ignore: fsck looks through them, and so must this.
const IGNORED = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/gu;

/** Whether some system would take a name for `.git`: the rules of git-fsck (hasDotgit). */
function isDotGit(name: string): boolean {
  return name
    .replace(IGNORED, '')
    .split('\\')
    .some((part) => /^(?:\.git|git~1)[. ]*(?:$|:)/i.test(part));
}
