import type { EgressCall } from './egress-call.ts';
import type { Result } from './result.ts';

/** A host folder or file seen inside the sandbox. Read-only unless said otherwise. */
export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly writable?: boolean;
}

/** A fixed way out that policy does not choose: one virtual host, one upstream, one header. */
export interface EgressRoute {
  /** Seen inside as plain HTTP: `http://context.sallyport.internal`. */
  readonly host: string;
  readonly name: 'context' | 'model';
  /** Where the gate sends it: scheme, host, port; the path prefix is appended to. */
  readonly upstream: string;
  /** Raw paths that pass, compared byte by byte; `*` is anything within one segment. */
  readonly paths: readonly string[];
  readonly methods: readonly string[];
  /** Set on the way out; the client's own copies of credential headers are dropped. */
  readonly header: { readonly name: string; readonly value: string } | null;
  /** Signs each call with a key that stays with the gate; the value of its `DPoP` header. */
  readonly prove?: (method: string, path: string) => string;
  /** Counts what calls cost, and lets none through once that is spent. */
  readonly meter?: RouteMeter;
}

/** Counts the calls of one route. */
export interface RouteMeter {
  /** What is answered instead of asking, in the upstream's own form; null while something is left. */
  refusal(): {
    readonly status: number;
    readonly body: string;
    readonly sentence: string;
  } | null;
  /** Null for a call that costs nothing. */
  open(path: string): MeteredCall | null;
}

/** One call that was let through. */
export interface MeteredCall {
  answered(status: number, contentType: string | undefined): void;
  /** A piece of the answer; what takes the place of the rest when there is to be no rest. */
  push(bytes: Uint8Array): { readonly sentence: string; readonly last: string } | null;
  /** It is over, or was broken off. Once. */
  end(bytes: { readonly bytesOut: number; readonly bytesIn: number }): void;
}

/** What passes inside a connection that the gate reads. What is absent allows all. */
export interface EgressRule {
  /** 443 without. */
  readonly ports?: readonly number[];
  readonly methods?: readonly string[];
  /** Patterns of raw paths: `*` within a segment, `**` anything. */
  readonly paths?: readonly string[];
  /** Set on the way out, read outside the sandbox; a null value is missing and lets nothing pass. */
  readonly inject?: {
    readonly header: string;
    readonly fromEnv: string;
    readonly value: string | null;
    /** Further headers and query parameters of the client that are dropped. */
    readonly strip: readonly string[];
  };
}

/** One host that may be reached by TLS. */
export interface EgressHost {
  /** Exact and lower-case. */
  readonly host: string;
  /** The rule it comes from (`policy:npm`). */
  readonly rule: string;
  /** 443 without. */
  readonly ports?: readonly number[];
  /** When there, the gate ends TLS and judges each request; when absent, bytes are passed. */
  readonly rules?: readonly EgressRule[];
}

/** What one sandbox may reach. */
export interface EgressPolicy {
  readonly hosts: readonly EgressHost[];
  /** Every public host passes and is read, so that what is asked for can be written down. No policy says it. */
  readonly observes?: true;
  readonly routes: readonly EgressRoute[];
}

/** A stretch of a sandbox's life, with its ways out. */
export interface SandboxPhase {
  readonly phase: EgressCall['phase'];
  readonly egress: EgressPolicy;
}

/** How a sandbox is made. */
export interface SandboxRequest extends SandboxPhase {
  /** A host folder, made the sandbox user's own and mounted writable at /workspace; null for none. */
  readonly workspace: string | null;
  readonly mounts: readonly Mount[];
  /** What holds once the sandbox is told to `advance`; without it nothing changes. */
  readonly next?: SandboxPhase;
  readonly memoryMib: number;
  readonly pids: number;
  /** Every call, allowed or refused, before it is acted on. */
  readonly onEgress: (call: EgressCall) => void;
}

/** One command inside. Its environment is exactly what is listed, plus PATH, HOME, TMPDIR, LANG. */
export interface SandboxCommand {
  readonly argv: readonly string[];
  readonly cwd?: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Standard output and error, interleaved, already capped. */
  readonly onOutput?: (text: string) => void;
}

export interface SandboxExit {
  /** Null when a signal or the limit ended it. */
  readonly exitCode: number | null;
  readonly timedOut: boolean;
  /** It was ended because it wrote more to the disk than a sandbox may; absent otherwise. */
  readonly overDisk?: boolean;
  readonly durationMs: number;
  readonly outputTruncated: boolean;
}

/** Why no sandbox could be built; the sentence says which wall is missing and what would help. */
export interface SandboxRefusal {
  readonly reason: 'wall_missing' | 'tool_missing' | 'workspace_unsafe';
  readonly sentence: string;
}

/** A running sandbox: its network namespace and gate live until it is closed. */
export interface Sandbox {
  /** Run to the end; on return no process of the command is left. */
  run(command: SandboxCommand): Promise<SandboxExit>;
  /** Start a server; `stop` kills its whole tree. Its port is reachable from siblings on 127.0.0.1. */
  start(
    command: SandboxCommand,
  ): Promise<{ readonly exited: Promise<SandboxExit>; stop(): Promise<void> }>;
  /** Another file-system view, own processes, in the same network namespace, behind the same gate. */
  sibling(view: { readonly workspace: string | null; readonly mounts: readonly Mount[] }): Sandbox;
  /** Go on to the next phase: its ways out hold from now on, and connections of the one before end. */
  advance(): void;
  /** Kill everything, prove it gone, remove the namespace. Idempotent. */
  close(): Promise<void>;
}

/** The effect that stages take as a dependency. */
export type OpenSandbox = (request: SandboxRequest) => Promise<Result<Sandbox, SandboxRefusal>>;
