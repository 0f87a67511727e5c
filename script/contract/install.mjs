import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * GitHub's description with all its editions is 385 MB and serves this one command, so it is no
 * dependency of ours: it is installed on demand, outside the repository.
 */
const OPENAPI_VERSION = '23.0.2';
const packages = [`@octokit/openapi@${OPENAPI_VERSION}`, 'ajv@8.20.0', 'ajv-formats@3.0.1'];

/** The folder with the packages, installed now unless it is there. */
export function installDescription() {
  const home = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const parent = join(home, 'sallyport', 'contract');
  const folder = join(parent, `openapi-${OPENAPI_VERSION}`);
  if (existsSync(folder)) return folder;
  console.error(`contract: installing ${packages.join(', ')} into ${folder} …`);
  mkdirSync(parent, { recursive: true });
  const fresh = mkdtempSync(join(parent, 'installing-'));
  try {
    runNpm(fresh);
    publish(fresh, folder);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return folder;
}

function runNpm(folder) {
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  const run = spawnSync('npm', ['install', '--prefix', folder, ...flags, ...packages], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (run.status !== 0)
    throw new Error(`"npm install" failed: ${run.error?.message ?? run.stderr.trim()}`);
}

/** Whole or not at all: two runs may install at once, and the first one wins. */
function publish(fresh, folder) {
  try {
    renameSync(fresh, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

/** Load a package that lies in the cache folder. */
export function loadFrom(folder, name) {
  return createRequire(join(folder, 'package.json'))(name);
}

/** GitHub's own edition; the package's index would load every other one, too. */
export function descriptionFile(folder) {
  return join(folder, 'node_modules/@octokit/openapi/generated/api.github.com.json');
}
