import type { Finding } from '#model/verdict.ts';
import { configKindOf } from '../config-file.ts';
import { addedLines, type PatchFile } from '../patch-file.ts';
import { type Detector, finding } from './finding.ts';

const source = /\b((?:git(?:\+\w+)?|http|ssh|file)):(?:\/\/)?|\b(https):\/\/([\w.-]+)/;

/** T13: a lockfile changes without its manifest, or begins to fetch from a new place. */
export const lockfileAlone: Detector = (files) =>
  files
    .filter((file) => configKindOf(file.path) === 'lockfile' && file.headBlob !== null)
    .flatMap((file): readonly Finding[] => {
      const found: Finding[] = [];
      if (!files.some((other) => isManifestOf(other, file))) {
        found.push(
          finding('T13', 'high', file, 'A lockfile changes and no manifest beside it does.'),
        );
      }
      const line = newSource(file);
      if (line !== undefined) {
        found.push(
          finding(
            'T13',
            'high',
            { path: file.path, line },
            'A dependency is fetched from a place that the lockfile did not use before.',
          ),
        );
      }
      return found;
    });

function isManifestOf(file: PatchFile, lockfile: PatchFile): boolean {
  return (
    configKindOf(file.path) === 'manifest' && isAbove(folder(file.path), folder(lockfile.path))
  );
}

/** In a workspace one lockfile serves the manifests below its folder. */
function isAbove(manifest: string, lockfile: string): boolean {
  return lockfile === '' || manifest === lockfile || manifest.startsWith(`${lockfile}/`);
}

function folder(path: string): string {
  return path.split('/').slice(0, -1).join('/');
}

function newSource(file: PatchFile): number | undefined {
  if (file.baseText === null) return undefined;
  const before = file.baseText;
  return addedLines(file).find(({ text }) => {
    const [whole, plain, , host] = source.exec(text.slice(0, 2000)) ?? [];
    if (!/resolved|tarball|resolution|source|url/i.test(text)) return false;
    return whole !== undefined && !before.includes(plain === undefined ? `//${host}/` : whole);
  })?.number;
}
