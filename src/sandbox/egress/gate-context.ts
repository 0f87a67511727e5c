import type { Socket } from 'node:net';
import type { EgressPolicy } from '#model/sandbox.ts';
import type { Authority } from './authority.ts';
import type { CallLog } from './call-log.ts';

/** What the gate does outside; a test lets a loopback origin stand for a public one. */
export interface GateEffects {
  /** Addresses of a name, in order of preference. */
  readonly resolve: (host: string) => Promise<readonly string[]>;
  readonly dial: (address: string, port: number) => Socket;
  /** TLS over a dialled socket; the certificate must be valid and name the host. */
  readonly secure: (socket: Socket, host: string) => Socket;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What every listener of one gate shares. */
export interface GateContext {
  /** What holds now; asked at each call, because a sandbox has phases. */
  readonly policy: () => EgressPolicy;
  readonly log: CallLog;
  readonly effects: GateEffects;
  /** Signs for hosts whose calls are read; null when there are none. */
  readonly authority: Authority | null;
}
