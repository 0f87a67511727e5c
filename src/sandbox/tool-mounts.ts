// Pure: which folders of the runner hold toolchains that the sandbox should see.
import type { Mount } from '#model/sandbox.ts';

/** Where commands are looked for when the runner's PATH adds nothing. */
const systemPath = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
/** Folders that are mounted anyway, or never. */
const system = /^\/(?:usr|bin|sbin|lib|lib32|lib64|etc|proc|sys|dev|run|boot)(?:\/|$)/;

/**
 * Mount the prefix of every `<prefix>/bin` of the runner's PATH outside /usr, read-only, at the
 * same path, and say which PATH that makes inside. Never a home folder, something above one, a
 * hidden folder (`~/.cargo` has credentials beside `bin`), or a folder of the root.
 */
export function toolMounts(
  pathEntries: readonly string[],
  homeFolders: readonly string[],
): { readonly mounts: readonly Mount[]; readonly path: string } {
  const kept = [...new Set(pathEntries)].filter((entry) => isToolchain(entry, homeFolders));
  const mounts = kept.map((entry) => {
    const prefix = entry.slice(0, -'/bin'.length);
    return { source: prefix, target: prefix };
  });
  return { mounts, path: [...kept, ...systemPath].join(':') };
}

function isToolchain(entry: string, homeFolders: readonly string[]): boolean {
  if (!entry.startsWith('/') || !entry.endsWith('/bin') || /[\0\n:]/.test(entry)) return false;
  if (system.test(entry)) return false;
  const prefix = entry.slice(0, -'/bin'.length);
  const segments = prefix.split('/').slice(1);
  if (segments.length < 2 || segments.includes('..') || segments.at(-1)?.startsWith('.'))
    return false;
  return !homeFolders.some((home) => home === prefix || home.startsWith(`${prefix}/`));
}
