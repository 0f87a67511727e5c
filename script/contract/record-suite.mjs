import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/**
 * Run the test suite, or what the arguments name, with every local GitHub writing down what it
 * answers and sends. Ends with Jest's exit code.
 */
export function recordSuite(folder, jestArguments) {
  const jest = [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    join(root, 'node_modules/jest/bin/jest.js'),
    `--setupFilesAfterEnv=${join(import.meta.dirname, 'mark-test.mjs')}`,
  ];
  const run = spawnSync(process.execPath, [...jest, '--', ...jestArguments], {
    cwd: root,
    // Jest reports on standard error; standard output belongs to this command's own report.
    stdio: ['ignore', 2, 2],
    env: { ...process.env, SALLYPORT_RECORD_DIR: folder },
  });
  return run.status ?? 1;
}

/** Every line of every process, each with the test that ran; servers of their own have none. */
export function* readRecording(folder) {
  for (const name of readdirSync(folder)) {
    let test = 'a process that a test started';
    for (const text of readFileSync(join(folder, name), 'utf8').split('\n')) {
      if (text === '') continue;
      const line = JSON.parse(text);
      if (line.test) test = line.test;
      else yield { ...line, test };
    }
  }
}
