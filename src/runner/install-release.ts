import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ok, type Result, refuse } from '#model/result.ts';
import { runNpm } from './npm-command.ts';
import { runProcess } from './process.ts';

/** One package, by digest. */
export interface PinnedPackage {
  /** `name@version`, as `npm pack` takes it. */
  readonly package: string;
  /** SHA-512 of the tarball, base64. */
  readonly sha512: string;
  /** A folder of the package; all of it when empty. */
  readonly folder: string;
}

/**
 * Fetch one npm package with the runner's npm, check its digest, and unpack it into a new folder
 * below `scratch`. No script of it is run and none of its dependencies is fetched. `cache` is the
 * runner's tool cache, where there is one: what lies there is checked like what was fetched.
 *
 * Answers  the folder, or a sentence that says what was expected and seen.
 */
export async function installRelease(
  pinned: PinnedPackage,
  { scratch, cache }: { readonly scratch: string; readonly cache: string | null },
): Promise<Result<string, string>> {
  const work = await mkdtemp(join(scratch, 'release-'));
  const tarball = await fetchTarball(pinned, work, cache);
  if (!tarball.ok) return tarball;
  const target = join(work, 'program');
  await mkdir(target);
  const { exitCode, stderr } = await runProcess([
    ...['tar', '-xzf', tarball.value, '-C', target, '--strip-components=1'],
    ...['--no-same-owner', '--no-same-permissions'],
  ]);
  if (exitCode !== 0)
    return refuse(`${pinned.package} could not be unpacked: ${stderr.slice(0, 300).trim()}`);
  await rm(join(work, tarballName), { force: true });
  return ok(join(target, pinned.folder));
}

const tarballName = 'package.tgz';

/** The tarball's path, when its digest is the pinned one. */
async function fetchTarball(
  pinned: PinnedPackage,
  work: string,
  cache: string | null,
): Promise<Result<string, string>> {
  const kept = cache === null ? null : join(cache, 'sallyport', `${nameOf(pinned)}.tgz`);
  if (kept !== null && (await digestOf(kept)) === pinned.sha512) return ok(kept);
  const fetched = await download(pinned, work);
  if (!fetched.ok) return fetched;
  const digest = await digestOf(fetched.value);
  if (digest !== pinned.sha512)
    return refuse(
      `${pinned.package} is not what this release of Sallyport was built with: expected SHA-512 ${pinned.sha512}, the registry sent ${digest}.`,
    );
  if (kept !== null) await keep(fetched.value, kept);
  return fetched;
}

async function download({ package: name }: PinnedPackage, work: string) {
  const folder = join(work, 'download');
  await mkdir(folder);
  const options = ['--ignore-scripts', '--loglevel=error', '--pack-destination', folder];
  const { exitCode, stderr } = await runNpm(['pack', name, ...options]);
  const [file] = await readdir(folder);
  if (exitCode !== 0 || file === undefined)
    return refuse(`"npm pack ${name}" ended with ${exitCode}: ${stderr.slice(0, 500).trim()}`);
  const tarball = join(work, tarballName);
  await rename(join(folder, file), tarball);
  return ok(tarball);
}

/** A cache that cannot be written is no reason to fail; a half-written one is never seen. */
async function keep(tarball: string, target: string): Promise<void> {
  const half = `${target}.${process.pid}`;
  try {
    await mkdir(join(target, '..'), { recursive: true });
    await copyFile(tarball, half);
    await rename(half, target);
  } catch {
    await rm(half, { force: true }).catch(() => undefined);
  }
}

async function digestOf(path: string): Promise<string | null> {
  if (!(await stat(path).catch(() => null))?.isFile()) return null;
  const hash = createHash('sha512');
  await pipeline(createReadStream(path), hash);
  return hash.digest('base64');
}

function nameOf({ package: name }: PinnedPackage): string {
  return name.replace(/[^A-Za-z0-9.-]+/g, '-').replace(/^-/, '');
}
