import { runNpm } from './npm-command.ts';

/**
 * The registry that the runner's own npm is set to, as a URL without user and password; null without
 * npm.
 */
export async function readNpmRegistry(): Promise<string | null> {
  const { exitCode, stdout } = await runNpm(['config', 'get', 'registry']);
  const text = new TextDecoder().decode(stdout).trim();
  if (exitCode !== 0 || !URL.canParse(text)) return null;
  const url = new URL(text);
  url.username = '';
  url.password = '';
  return url.href;
}
