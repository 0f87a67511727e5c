import { homedir } from 'node:os';
import { runProcess } from './process.ts';
import { temporaryFolder } from './sandbox-host.ts';

/**
 * The registry that the runner's own npm is set to, as a URL without user and password; null without
 * npm. Asked outside the repository, so that no `.npmrc` of a change or a base decides it.
 */
export async function readNpmRegistry(): Promise<string | null> {
  const own = Object.entries(process.env).filter(([name]) =>
    /^npm_config_(?:registry|userconfig|globalconfig)$/i.test(name),
  );
  const { exitCode, stdout } = await runProcess(['npm', 'config', 'get', 'registry'], {
    cwd: temporaryFolder(),
    environment: {
      HOME: homedir(),
      ...Object.fromEntries(own.map(([name, value]) => [name, value ?? ''])),
    },
  });
  const text = new TextDecoder().decode(stdout).trim();
  if (exitCode !== 0 || !URL.canParse(text)) return null;
  const url = new URL(text);
  url.username = '';
  url.password = '';
  return url.href;
}
