// Pure: from paths that were asked for to the patterns of an entry. The paths are the agent's words.

/** Nothing in it is a pattern, ends a YAML value, or is more than itself in Markdown. */
const plain = /^\/[A-Za-z0-9/_.~@+:!=%-]{0,200}$/;
/** So many paths are listed as they are; beyond it one stands for those of a folder. */
const exactMax = 6;
/** Beyond so many folders the host is read as a whole. */
const patternsMax = 10;

/** True when a path may be shown and listed as it stands. */
export function isPlainPath(path: string): boolean {
  return plain.test(path);
}

/** The fewest patterns that let these paths pass, exact where there are few. */
export function narrowPaths(paths: readonly string[]): readonly string[] {
  const all = [...new Set(paths)].sort();
  if (all.length <= exactMax && all.every(isPlainPath)) return all;
  const folders = Map.groupBy(all, firstFolder);
  const patterns = [...folders].flatMap(([folder, below]) => {
    if (below.length === 1 && below.every(isPlainPath)) return below;
    return folder === null ? ['/**'] : [`${folder}/**`, ...below.filter((one) => one === folder)];
  });
  return patterns.length > patternsMax || patterns.includes('/**') ? ['/**'] : patterns;
}

/** `/v1` of `/v1/things/7`; null when it cannot be said plainly. */
function firstFolder(path: string): string | null {
  const [, segment = ''] = path.split('/');
  const folder = `/${segment}`;
  return segment !== '' && isPlainPath(folder) && !/%2f/i.test(folder) ? folder : null;
}
