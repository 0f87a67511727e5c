// Pure. A glob here is plainer than a shell's, and sees dot files: a rule that protects `.github/**`
// must also see `.github/.hidden/x`, which the usual matchers pass over.

/** Alternatives one pattern may expand to; more would make a policy slow without making it clearer. */
const alternativesMax = 64;
const braces = /\{([^{}]*,[^{}]*)\}/;

/**
 * True when `path` matches `pattern`: `**` is any number of folders, `*` and `?` stay inside one
 * name, `{a,b}` is either; every other character is itself. Time is bounded by the product of the
 * two lengths, so neither a policy nor a hostile path can make it hang.
 */
export function matchesGlob(path: string, pattern: string): boolean {
  const names = path.split('/');
  return expandBraces(pattern).some((one) => matchesNames(names, one.split('/')));
}

/** True when any of the patterns matches. */
export function matchesAny(path: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => matchesGlob(path, pattern));
}

/** The form in which protected paths are compared: one case, one Unicode form (attacks: `.GitHub/`). */
export function foldPath(path: string): string {
  return path.normalize('NFKC').toLowerCase();
}

/** Innermost braces first, one at a time; past the limit the rest is taken as it is written. */
function expandBraces(pattern: string): readonly string[] {
  let patterns = [pattern];
  while (patterns.length < alternativesMax && patterns.some((one) => braces.test(one))) {
    patterns = patterns.flatMap((one) => {
      const [whole, inner] = braces.exec(one) ?? [];
      return whole === undefined || inner === undefined
        ? [one]
        : inner.split(',').map((choice) => one.replace(whole, () => choice));
    });
  }
  return patterns;
}

/** Folder by folder; `reachable[i]` says that the first i names are matched by the patterns so far. */
function matchesNames(names: readonly string[], patterns: readonly string[]): boolean {
  let reachable = [true, ...names.map(() => false)];
  for (const pattern of patterns) reachable = advance(reachable, names, pattern);
  return reachable[names.length] === true;
}

function advance(from: readonly boolean[], names: readonly string[], pattern: string): boolean[] {
  const to = from.map(() => false);
  for (let at = 0; at < from.length; at += 1) {
    if (pattern === '**') {
      to[at] = from[at] === true || (at > 0 && to[at - 1] === true);
    } else if (at > 0 && from[at - 1] === true) {
      to[at] = matchesName(names[at - 1] ?? '', pattern);
    }
  }
  return to;
}

/** `*` and `?` inside one name: greedy, with one point to fall back to. */
function matchesName(name: string, pattern: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  let from = 0;
  while (at < name.length) {
    if (pattern[from] === '*') {
      star = from;
      resume = at;
      from += 1;
    } else if (pattern[from] === '?' || pattern[from] === name[at]) {
      at += 1;
      from += 1;
    } else if (star >= 0) {
      resume += 1;
      at = resume;
      from = star + 1;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(from));
}
