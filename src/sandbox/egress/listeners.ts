import { Socket as Datagrams } from 'node:dgram';
import { Server } from 'node:net';
import { Fault } from '#model/fault.ts';

/** A socket bound inside the network namespace, served outside. */
export type GateSocket = Server | Datagrams;

/** The listeners inside the network namespace, held by the gate outside. */
export interface GateListeners {
  readonly proxy: Server;
  readonly tls: Server;
  readonly http: Server;
  readonly dnsTcp: Server;
  readonly dns: Datagrams;
}

/** The sockets that the helper sent, by name; a missing one is a fault. */
export function toListeners(sockets: ReadonlyMap<string, GateSocket>): GateListeners {
  const server = (name: string): Server => {
    const found = sockets.get(name);
    if (found instanceof Server) return found;
    throw new Fault('SANDBOX_UNAVAILABLE', `the gate's listener "${name}" did not arrive`);
  };
  const dns = sockets.get('dns');
  if (!(dns instanceof Datagrams))
    throw new Fault('SANDBOX_UNAVAILABLE', 'the gate\'s listener "dns" did not arrive');
  return {
    proxy: server('proxy'),
    tls: server('tls'),
    http: server('http'),
    dnsTcp: server('dnsTcp'),
    dns,
  };
}
