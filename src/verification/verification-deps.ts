// The effects the verify stage is given. It opens no file, starts no process and knows no clock itself.
import type { EgressPolicy, Mount, OpenSandbox } from '#model/sandbox.ts';

/** One git command with its own object store and index, none of the machine's configuration. */
export type Git = (
  argv: readonly string[],
  options: {
    readonly gitDir: string;
    readonly workTree?: string;
    readonly indexFile?: string;
    /** Another object store to read from. */
    readonly objects?: string;
    readonly input?: Uint8Array;
  },
) => Promise<{ readonly exitCode: number; readonly stdout: Uint8Array; readonly stderr: string }>;

/** What reading a file below a folder came to; links are never followed, on no part of the path. */
export type ReadInside =
  | { readonly kind: 'file'; readonly bytes: Uint8Array }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unsafe' | 'too_large'; readonly sentence: string };

/** Files of the machine outside the sandbox. */
export interface Disk {
  readonly makeFolder: (path: string) => Promise<void>;
  /** A folder that any user may write into; its parent is private. */
  readonly makeShared: (path: string) => Promise<void>;
  /** Write a new file, with its folders; a file that is there already is a fault. */
  readonly write: (path: string, content: Uint8Array) => Promise<void>;
  readonly readInside: (root: string, relative: string, bytesMax: number) => Promise<ReadInside>;
  readonly remove: (path: string) => Promise<void>;
}

/** The browser that takes the pictures; it runs in a sandbox too. */
export interface Browser {
  /** Where the executable is, inside and outside. */
  readonly executable: string;
  readonly version: string | null;
  /** Digest of the fonts, which alone change a picture between machines. */
  readonly fonts: string | null;
  /** The folder of the capture script and the script's name in it. */
  readonly script: { readonly folder: string; readonly file: string };
  readonly mounts: readonly Mount[];
}

/** Everything that `verify` may do. */
export interface VerificationDeps {
  readonly openSandbox: OpenSandbox;
  readonly git: Git;
  readonly disk: Disk;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Null when the machine has none: screens are then missing, with a sentence. */
  readonly browser: Browser | null;
  /** One sentence about what happens now, for the job's log. */
  readonly tell: (sentence: string) => void;
}

/** How sandboxes of this machine are made: decided by the base's policy and the runner, never by the change. */
export interface SandboxSettings {
  readonly egress: { readonly setup: EgressPolicy; readonly work: EgressPolicy };
  /** Toolchains that are not below /usr. */
  readonly mounts: readonly Mount[];
  /** Environment of every command: proxies, the registry; no credentials. */
  readonly environment: Readonly<Record<string, string>>;
  readonly node: string;
  readonly memoryMib: number;
  readonly pids: number;
}
