// An OpenSandbox without walls: commands run as they are, /workspace, /out and other targets are
// replaced by their host folders in the command line. For tests of what surrounds the sandbox.
import { spawn } from 'node:child_process';
import type { OpenSandbox, Sandbox, SandboxCommand, SandboxExit } from '#model/sandbox.ts';

type View = {
  readonly workspace: string | null;
  readonly mounts: readonly { readonly source: string; readonly target: string }[];
};

/** Opens fakes that share this machine's network. */
export const openPlainSandbox: OpenSandbox = async ({ workspace, mounts }) => ({
  ok: true,
  value: plain({ workspace, mounts }),
});

function plain(view: View, stops = new Set<() => void>()): Sandbox {
  const launch = (command: SandboxCommand) => {
    const started = start(command, view);
    stops.add(started.kill);
    return started;
  };
  return {
    run: (command) => launch(command).exited,
    start: async (command) => {
      const { exited, kill } = launch(command);
      const stop = async () => {
        kill();
        await exited;
      };
      return { exited, stop };
    },
    sibling: (other) => plain(other, stops),
    close: async () => {
      for (const stop of stops) stop();
    },
  };
}

function start(
  command: SandboxCommand,
  view: View,
): { exited: Promise<SandboxExit>; kill: () => void } {
  const startedMs = Date.now();
  const [file = 'false', ...argv] = command.argv.map((text) => outside(text, view));
  const child = spawn(file, argv, {
    cwd: outside(command.cwd ?? '/tmp', view),
    env: {
      PATH: process.env.PATH,
      HOME: '/tmp',
      TMPDIR: '/tmp',
      LANG: 'C.UTF-8',
      ...command.environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let timedOut = false;
  const kill = () => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended already.
    }
  };
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, command.timeoutMs);
  child.stdout.on('data', (data) => command.onOutput?.(String(data)));
  child.stderr.on('data', (data) => command.onOutput?.(String(data)));
  const exited = new Promise<SandboxExit>((resolve) => {
    child.once('close', (exitCode) => {
      clearTimeout(timer);
      resolve({ exitCode, timedOut, durationMs: Date.now() - startedMs, outputTruncated: false });
    });
    child.once('error', () =>
      resolve({ exitCode: 127, timedOut: false, durationMs: 0, outputTruncated: false }),
    );
  });
  return { exited, kill };
}

function outside(text: string, { workspace, mounts }: View): string {
  const all = [
    ...(workspace === null ? [] : [{ source: workspace, target: '/workspace' }]),
    ...mounts,
  ];
  return all.reduce(
    (seen, { source, target }) =>
      seen.replaceAll(new RegExp(`(^|["'\\s])${target}(?=["'/\\s]|$)`, 'g'), `$1${source}`),
    text,
  );
}
