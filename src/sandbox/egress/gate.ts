import type { Server, Socket } from 'node:net';
import type { EgressCall } from '#model/egress-call.ts';
import type { SandboxPhase } from '#model/sandbox.ts';
import type { Authority } from './authority.ts';
import { createCallLog, type WhoAsks } from './call-log.ts';
import type { GateContext, GateEffects } from './gate-context.ts';
import { createInterceptor } from './intercept.ts';
import type { GateListeners } from './listeners.ts';
import { serveNameOverTcp, serveNames } from './names.ts';
import { carryTunnel } from './tunnel.ts';
import { createWeb } from './web.ts';

/** A gate that serves; closing it leaves the sandbox without any way out. */
export interface Gate {
  /** Another phase with its own policy: what is connected is cut, so that nothing outlives its list. */
  turn(next: SandboxPhase): void;
  close(): void;
}

/** Sockets at once. Beyond it new ones are closed, so that a flood starves itself and not the gate. */
const socketsMax = 1_000;

/** Serve the listeners by this policy. Every call is recorded through `onEgress`. */
export function openGate(
  order: {
    readonly first: SandboxPhase;
    readonly authority: Authority | null;
    readonly onEgress: (call: EgressCall) => void;
    readonly whoAsks: WhoAsks;
  },
  listeners: GateListeners,
  effects: GateEffects,
): Gate {
  let now = order.first;
  const log = createCallLog(() => now.phase, order.onEgress, effects.now, order.whoAsks);
  const { authority } = order;
  const policy = () => now.egress;
  const reading: GateContext = { policy, log, effects, authority };
  const interceptor = createInterceptor(reading);
  const context = { ...reading, interceptor };
  const sockets = new Set<Socket>();
  const refuseTunnel = (socket: Socket) => {
    socket.destroy();
  };
  const transparent = createWeb('transparent', context, refuseTunnel);
  const proxy = createWeb('proxy', context, (socket) => transparent.emit('connection', socket));
  accept(listeners.proxy, sockets, context, (socket) => proxy.emit('connection', socket));
  accept(listeners.http, sockets, context, (socket) => transparent.emit('connection', socket));
  accept(listeners.dnsTcp, sockets, context, (socket) => serveNameOverTcp(socket, context));
  accept(listeners.tls, sockets, context, (socket) => {
    socket.on('error', () => socket.destroy());
    void carryTunnel(socket, { host: null, port: 443, head: Buffer.alloc(0) }, context);
  });
  serveNames(listeners.dns, context);
  return {
    turn(next) {
      now = next;
      for (const socket of sockets) socket.destroy();
    },
    close() {
      for (const server of [listeners.proxy, listeners.tls, listeners.http, listeners.dnsTcp])
        server.close();
      listeners.dns.close();
      for (const socket of sockets) socket.destroy();
      proxy.close();
      transparent.close();
      interceptor.close();
      log.flush();
    },
  };
}

function accept(
  server: Server,
  sockets: Set<Socket>,
  { log }: GateContext,
  serve: (socket: Socket) => void,
): void {
  server.on('error', () => undefined);
  server.on('connection', (socket: Socket) => {
    const port = socket.localPort ?? null;
    const facts = { kind: 'tcp', method: null, host: '', port, path: null, from: null } as const;
    const spent = log.spent();
    if (sockets.size >= socketsMax || spent) {
      log.refuse(facts, spent ?? 'connection-limit', null);
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // Handles that came over IPC have Nagle's algorithm on: 40 ms a small answer.
    socket.setNoDelay(true);
    serve(socket);
  });
}
