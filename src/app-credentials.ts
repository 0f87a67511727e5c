// The App's credentials on disk, where the first-run page leaves them and the next start finds them.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { access, constants, link, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '#model/fault.ts';
import type { Result } from '#model/result.ts';
import { ok, refuse } from '#model/result.ts';
import type { AppCredentials } from '#setup/credentials.ts';
import { parseCredentials } from '#setup/credentials.ts';

/** Where they lie in the App's folder. */
export function credentialsPath(dataDir: string): string {
  return join(dataDir, 'app.json');
}

/**
 * What is kept in the folder; null when nothing is.
 *
 * Fails  with a sentence when there is a file that cannot be read or is no credentials: it is never
 *        taken for “nothing yet”, which would open the first-run page again.
 */
export function readCredentials(dataDir: string): Result<AppCredentials | null, string> {
  const path = credentialsPath(dataDir);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return ok(null);
    return refuse(`${path}: expected a file that can be read, got ${codeOf(cause)}`);
  }
  const parsed = parseCredentials(parseJson(text), 'file');
  return parsed.ok ? parsed : refuse(`${path}: ${parsed.refusal}`);
}

/**
 * See that there will be a place for them, before GitHub gives them: it gives them once.
 *
 * Fails  with CONFIG_INVALID when the folder cannot be made or written.
 */
export async function prepareFolder(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await access(dataDir, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const sentence = `expected a folder that can be written at ${dataDir} (SALLYPORT_DATA), got ${codeOf(cause)}`;
    throw new Fault('CONFIG_INVALID', sentence, { cause });
  }
}

/**
 * Keep credentials, readable by their owner alone, whole or not at all. False when there are some
 * already: of two that come at once, one wins.
 */
export async function keepCredentials(
  dataDir: string,
  credentials: AppCredentials,
): Promise<boolean> {
  const path = credentialsPath(dataDir);
  const draft = `${path}.${randomUUID()}`;
  try {
    const text = `${JSON.stringify(credentials, null, 2)}\n`;
    await writeFile(draft, text, { mode: 0o600, flag: 'wx', flush: true });
    await link(draft, path);
    return true;
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false;
    throw new Fault('CONFIG_INVALID', `cannot write the App’s credentials to ${path}`, { cause });
  } finally {
    await rm(draft, { force: true });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the parser’s words may quote a secret
  }
}

/** By its code, not its class: the class differs where a script runs in a context of its own. */
function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error
    ? String(error.code)
    : 'no answer';
}
