import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

const main = new URL('../../src/main.ts', import.meta.url).pathname;

/** The document that `sallyport github --json` prints. */
export interface Sheet {
  readonly restUrl: string;
  readonly graphqlUrl: string;
  readonly gitUrl: string;
  readonly tokens: Readonly<Record<string, string>>;
  readonly repositories: readonly string[];
}

/** A `sallyport github` that runs as a process of its own. */
export interface GitHubProcess {
  readonly sheet: Sheet;
  /** Everything it has printed so far. */
  output(): { readonly stdout: string; readonly stderr: string };
  /** Send a signal and wait for the end; the exit code, or the signal when that ended it. */
  stop(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers as a client would, by name.
  call(who: string | null, method: string, path: string, body?: unknown): Promise<any>;
}

/** Start the real command with `--json` and wait for its document. Throws with what it said. */
export async function startGitHubProcess(...args: string[]): Promise<GitHubProcess> {
  const child = spawn(process.execPath, [main, 'github', '--json', ...args], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: process.env.TMPDIR },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    output.stdout += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output.stderr += chunk;
  });
  const sheet = await readSheet(child, output);
  return {
    sheet,
    output: () => output,
    stop: async (signal) => {
      if (child.exitCode !== null || child.signalCode !== null)
        return child.exitCode ?? child.signalCode;
      const ended = once(child, 'close');
      child.kill(signal);
      const [code, by] = await ended;
      return code ?? by;
    },
    call: async (who, method, path, body) => {
      const response = await fetch(`${sheet.restUrl}${path}`, {
        method,
        headers: who === null ? {} : { authorization: `Bearer ${sheet.tokens[who] ?? who}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      const isJson = response.headers.get('content-type')?.includes('json') ?? false;
      return isJson && text ? JSON.parse(text) : text;
    },
  };
}

function readSheet(child: ChildProcess, output: { stdout: string; stderr: string }) {
  return new Promise<Sheet>((resolve, reject) => {
    child.stdout?.on('data', () => {
      if (output.stdout.endsWith('}\n')) resolve(JSON.parse(output.stdout));
    });
    child.once('close', (code) => reject(new Error(`ended with ${code}: ${output.stderr}`)));
  });
}
