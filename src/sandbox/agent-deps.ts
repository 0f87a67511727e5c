// The effects the agent's work is given.
import type { OpenSandbox } from '#model/sandbox.ts';

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
) => Promise<{
  readonly exitCode: number | null;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}>;

/** What lies at a path; links are not followed. */
export interface PathStat {
  readonly kind: 'file' | 'link' | 'folder' | 'missing' | 'other';
  readonly bytes: number;
}

/** Files outside the sandbox. */
export interface Disk {
  readonly makeFolder: (path: string) => Promise<void>;
  /** A new file with its folders; only its owner reads it when no mode is given. */
  readonly write: (path: string, content: string, mode?: number) => Promise<void>;
  readonly remove: (path: string) => Promise<void>;
  readonly stat: (path: string) => Promise<PathStat>;
}

/** Everything that `runAgent` may do. */
export interface AgentDeps {
  readonly openSandbox: OpenSandbox;
  readonly git: Git;
  readonly disk: Disk;
  /** The agent's output, neutralized, for the step's log. */
  readonly print: (text: string) => void;
}
