import { spawn } from 'node:child_process';
import { join } from 'node:path';
import settings from '../../jest.config.mjs';

/** A hang is a failure too: waiting longer than this for tests that take three seconds is pointless. */
const limitMs = 120_000;

/**
 * Run the broker's tests in a copy of the tree, up to the first failure. Answers Jest's exit code, 1
 * when they had to be ended.
 *
 * @param {string} folder
 * @returns {Promise<number>}
 */
export function runTests(folder) {
  // Nothing here needs what the whole suite shares, nor its way of naming results.
  const { globalSetup: _shared, modulePathIgnorePatterns: _bundles, ...plain } = settings;
  const config = { ...plain, rootDir: folder, roots: ['<rootDir>/test/broker'] };
  const jest = join(folder, 'node_modules/jest/bin/jest.js');
  const child = spawn(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      jest,
      ...['--config', JSON.stringify(config), '--bail', '--runInBand', '--silent'],
      ...['--cacheDirectory', join(folder, '.jest')],
    ],
    { cwd: folder, stdio: 'ignore', timeout: limitMs },
  );
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}
