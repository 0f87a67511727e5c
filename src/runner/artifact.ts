import { lstat, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '#model/fault.ts';

/** An uploaded artifact: GitHub's id and the SHA-256 of the zip, in hex. */
export interface ArtifactRef {
  readonly id: number;
  readonly digest: string;
}

/** More files than any evidence has; a zip of more is an attack on the disk. */
const filesMax = 50_000;

/**
 * Upload a folder as one artifact. The client is loaded here and not before: it is most of an
 * action's start-up time.
 */
export async function uploadFolder(name: string, folder: string): Promise<ArtifactRef> {
  const { DefaultArtifactClient } = await import('@actions/artifact');
  const files = await listFiles(folder);
  const answer = await new DefaultArtifactClient().uploadArtifact(name, [...files], folder);
  if (answer.id === undefined || answer.digest === undefined)
    throw new Fault(
      'GITHUB_REFUSED',
      `the artifact "${name}" was stored without an id or a digest`,
    );
  return { id: answer.id, digest: answer.digest.replace(/^sha256:/, '') };
}

/**
 * Download an artifact of this run by id into a new folder, never over anything. The digest must
 * be that of the zip's bytes; nothing of another digest is used.
 */
export async function downloadArtifact(ref: ArtifactRef, folder: string): Promise<void> {
  const { DefaultArtifactClient } = await import('@actions/artifact');
  await mkdir(folder);
  const answer = await new DefaultArtifactClient().downloadArtifact(ref.id, {
    path: folder,
    expectedHash: `sha256:${ref.digest}`,
  });
  if (answer.digestMismatch !== false)
    throw new Fault(
      'GITHUB_REFUSED',
      `artifact ${ref.id} has not the digest that was reported for it: it is not used`,
    );
  await listFiles(folder);
}

/** Paths of all files below; links and special files are refused (attack F5, F10). */
async function listFiles(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  const waiting = [folder];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const name of await readdir(next)) {
      const path = join(next, name);
      const stat = await lstat(path);
      if (stat.isDirectory()) waiting.push(path);
      else if (stat.isFile()) found.push(path);
      else throw new Fault('GITHUB_REFUSED', `"${name}" in an artifact is no file`);
      if (found.length > filesMax)
        throw new Fault('GITHUB_REFUSED', `an artifact has more than ${filesMax} files`);
    }
  }
  return found.sort();
}
