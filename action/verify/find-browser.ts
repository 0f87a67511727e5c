// Which Chromium this machine has, and what it needs to see inside the sandbox.
import { existsSync } from 'node:fs';
import { sha256 } from '#model/digest.ts';
import type { Mount } from '#model/sandbox.ts';
import { findProgram } from '#runner/find-program.ts';
import { runProcess } from '#runner/process.ts';
import type { Browser } from '#verification/verification-deps.ts';

/** The headless shell first: it draws the same pages in less than half the time of the whole browser. */
const names = [
  'chromium-headless-shell',
  'chromium',
  'google-chrome',
  'google-chrome-stable',
  'chromium-browser',
];

/** Outside /usr: where Google's package lies, and Debian's start script reads its settings. */
const folders = ['/opt/google', '/etc/chromium.d', '/etc/chromium'];

/** The first of the known names on the PATH; null when there is none. */
export async function findBrowser(script: Browser['script']): Promise<Browser | null> {
  const executable = browserPath();
  if (executable === null) return null;
  const mounts: readonly Mount[] = folders
    .filter((folder) => existsSync(folder))
    .map((folder) => ({ source: folder, target: folder }));
  const [version, fonts] = await Promise.all([readVersion(executable), digestFonts()]);
  return { executable, version, fonts, script, mounts };
}

/** Where the browser is; null when the machine has none. */
export function browserPath(): string | null {
  return names.map(findProgram).find((path) => path !== null) ?? null;
}

async function readVersion(executable: string): Promise<string | null> {
  const { exitCode, stdout } = await runProcess([executable, '--version', '--no-sandbox'], {
    environment: { HOME: '/nonexistent' },
  });
  const text = new TextDecoder().decode(stdout).trim();
  return exitCode === 0 && text.length < 200 ? text : null;
}

/** The list of installed fonts, as a digest: another set alone changes a picture. */
async function digestFonts(): Promise<string | null> {
  const { exitCode, stdout } = await runProcess(['fc-list', ':', 'file', 'fontversion']);
  if (exitCode !== 0) return null;
  return sha256(new TextDecoder().decode(stdout).split('\n').sort().join('\n'));
}
