// An OpenSandbox without walls: commands run as they are, /workspace, /out and other targets are
// replaced by their host folders in the command line. A server's PORT becomes a free one, since two
// sandboxes may serve on the same. For tests of what surrounds the sandbox.
import { spawn } from 'node:child_process';
import { findFreePort } from '#cli/demo/free-port.ts';
import type { OpenSandbox, Sandbox, SandboxCommand, SandboxExit } from '#model/sandbox.ts';

type View = {
  readonly workspace: string | null;
  readonly mounts: readonly { readonly source: string; readonly target: string }[];
  /** Ports that servers asked for, and the free ones they got. */
  readonly ports: Map<string, string>;
};

/** Opens fakes that share this machine's network. */
export const openPlainSandbox: OpenSandbox = async ({ workspace, mounts }) => ({
  ok: true,
  value: plain({ workspace, mounts, ports: new Map() }),
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
      const port = command.environment?.PORT;
      if (port !== undefined) view.ports.set(port, String(await findFreePort()));
      const { exited, kill } = launch(command);
      const stop = async () => {
        kill();
        await exited;
      };
      return { exited, stop };
    },
    sibling: (other) => plain({ ...other, ports: view.ports }, stops),
    advance: () => {},
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
  const port = command.environment?.PORT;
  const [file = 'false', ...argv] = command.argv.map((text) => outside(text, view));
  const child = spawn(file, argv, {
    cwd: outside(command.cwd ?? '/tmp', view),
    env: {
      PATH: process.env.PATH,
      HOME: '/tmp',
      TMPDIR: '/tmp',
      LANG: 'C.UTF-8',
      ...command.environment,
      ...(port === undefined ? {} : { PORT: view.ports.get(port) ?? port }),
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

function outside(text: string, { workspace, mounts, ports }: View): string {
  const all = [
    ...(workspace === null ? [] : [{ source: workspace, target: '/workspace' }]),
    ...mounts,
  ];
  const placed = all.reduce(
    (seen, { source, target }) =>
      seen.replaceAll(new RegExp(`(^|["'\\s])${target}(?=["'/\\s]|$)`, 'g'), `$1${source}`),
    text,
  );
  return [...ports].reduce((seen, [asked, got]) => seen.replaceAll(asked, got), placed);
}
