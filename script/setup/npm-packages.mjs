import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const lockFile = join(root, 'package-lock.json');
const modules = join(root, 'node_modules');
/** Holds the SHA-256 of the lock file that `node_modules` was installed from. */
const stampFile = join(modules, '.sallyport-lock');

/** Make `node_modules` what the lock file says; a sentence when that fails, else undefined. */
export function installPackages() {
  const lock = readText(lockFile);
  if (lock === undefined) return `expected ${lockFile}, found none: this is not a whole checkout`;
  const digest = createHash('sha256').update(lock).digest('hex');
  if (readText(stampFile) === digest) return undefined;
  if (!isInstalled(lock)) {
    const problem = runNpm();
    if (problem) return problem;
  }
  writeStamp(digest);
  return undefined;
}

/** Somebody may have run `npm ci` by hand: npm's own record of what it installed tells. */
function isInstalled(lock) {
  const record = readText(join(modules, '.package-lock.json'));
  if (record === undefined) return false;
  const installed = JSON.parse(record).packages;
  return Object.entries(JSON.parse(lock).packages).every(
    ([path, { version, optional, link }]) =>
      path === '' || link || installed[path]?.version === version || (optional && !installed[path]),
  );
}

function runNpm() {
  console.error('sallyport: installing the npm packages of package-lock.json (about a minute) …');
  rmSync(stampFile, { force: true });
  const run = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64_000_000,
    env: { ...process.env, PATH: pathWithoutModules() },
  });
  if (run.status === 0) return undefined;
  process.stderr.write(`${run.stdout ?? ''}${run.stderr ?? ''}`);
  return `"npm ci" failed (${run.error?.message ?? `exit code ${run.status}`}): see above, then run it again`;
}

/** `npm ci` removes `node_modules`: it must not run on the Node that lies in there. */
function pathWithoutModules() {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .filter((entry) => !entry.startsWith(modules))
    .join(delimiter);
}

/** A checkout of somebody else's may be read-only: then the comparison is made each time. */
function writeStamp(digest) {
  try {
    writeFileSync(stampFile, digest);
  } catch (error) {
    if (!['EACCES', 'EROFS', 'EPERM'].includes(error.code)) throw error;
  }
}

function readText(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}
