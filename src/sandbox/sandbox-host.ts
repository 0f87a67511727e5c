import type { GateEffects } from './egress/gate-context.ts';
import type { GateSocket } from './egress/listeners.ts';

/** How a finished command of the host ended. */
export interface HostExit {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What `openSandbox` may do on the runner. */
export interface SandboxHost {
  /** Who we are; 0 needs no sudo. */
  readonly user: { readonly uid: number; readonly gid: number };
  /** This process: sandboxes carry it in their name, so that a dead one's can be found. */
  readonly pid: number;
  /** Call `close` before this process ends by SIGINT or SIGTERM; returns how to take that back. */
  readonly onStop: (close: () => Promise<void>) => () => void;
  /** Node's own executable: the helper that binds the listeners runs in it. */
  readonly nodePath: string;
  /** The folders of PATH, links resolved, in order. */
  readonly pathEntries: readonly string[];
  readonly homeFolders: readonly string[];
  readonly architecture: string;
  /** Processors that this process may use. */
  readonly cores: number;
  /** What is left where this path lies, for us; `files` is null where files are not counted. */
  readonly freeDisk: (
    path: string,
  ) => Promise<{ readonly bytes: number; readonly files: number | null }>;
  /** Run a command to its end with an empty environment but PATH; never throws for its exit code. */
  readonly run: (argv: readonly string[]) => Promise<HostExit>;
  /** Start a command with an empty environment; its output comes as it is printed. */
  readonly spawn: (
    argv: readonly string[],
    onOutput: (chunk: Uint8Array) => void,
  ) => { readonly exited: Promise<number | null>; kill(): void };
  /** Start a Node helper with an IPC channel on descriptor 0 and take the sockets it sends, by name. */
  readonly receiveSockets: (
    argv: readonly string[],
    count: number,
  ) => Promise<ReadonlyMap<string, GateSocket>>;
  /** Who in a control group has a socket with this local port; null where that cannot be known. */
  readonly findProcess: (cgroup: string, protocol: 'tcp' | 'udp', port: number) => string | null;
  readonly readText: (path: string) => Promise<string | null>;
  readonly writeFile: (path: string, content: string | Uint8Array) => Promise<void>;
  /** A new folder that only we can enter. */
  readonly makePrivateFolder: () => Promise<string>;
  readonly randomName: () => string;
  readonly gate: GateEffects;
}
