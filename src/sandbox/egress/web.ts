import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { CallFacts } from './call-log.ts';
import { decideConnect, decideHttp, isRouteTunnel } from './decide-call.ts';
import { forward } from './forward.ts';
import type { GateContext } from './gate-context.ts';
import { splitAuthority } from './host-name.ts';
import { refuseSpoken, upgradeHint } from './other-protocol.ts';
import { answerRefusal, refuseRaw, spentHint } from './refusal.ts';
import { carryTunnel, type TunnelContext } from './tunnel.ts';

/** `proxy` speaks to clients that know it; `transparent` to those that think it is the origin. */
export type WebMode = 'proxy' | 'transparent';

/** Larger than any sane request; a slow or endless header holds a socket. */
const headerBytesMax = 32_768;
const headersTimeoutMs = 10_000;
const requestTimeoutMs = 10 * 60_000;

/** An HTTP server without a port: connections are handed to it. */
export function createWeb(
  mode: WebMode,
  context: TunnelContext,
  /** Takes a tunnel that carries plain HTTP: Node's fetch asks its proxy for one (undici). */
  servePlain: (socket: Socket) => void,
): Server {
  const server = createServer({ maxHeaderSize: headerBytesMax, requireHostHeader: true });
  server.headersTimeout = headersTimeoutMs;
  server.requestTimeout = requestTimeoutMs;
  server.on('request', (request, response) => answer(mode, request, response, context));
  server.on('checkContinue', (request, response) => answer(mode, request, response, context));
  server.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    void connect(mode, { request, socket, head, servePlain }, context);
  });
  server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
    const { host, port, path } = readTarget(mode, request);
    context.log.refuse(factsOf(request, host, port, path), 'upgrade', 426);
    refuseRaw(socket, 426, 'upgrade', upgradeHint);
  });
  server.on('clientError', (error, socket: Socket) => {
    // More of what was answered already: one refusal is one line.
    if (socket.writableEnded) return;
    const none = { method: null, host: '', port: null, path: null, from: null };
    const facts: CallFacts = { kind: 'http', ...none };
    const { rule, status, hint } = refuseSpoken(error);
    context.log.refuse(facts, rule, status);
    refuseRaw(socket, status, rule, hint);
  });
  return server;
}

function answer(
  mode: WebMode,
  request: IncomingMessage,
  response: ServerResponse,
  context: GateContext,
): void {
  const target = readTarget(mode, request);
  const facts = factsOf(request, target.host, target.port, target.path);
  const refuse = (status: number, rule: string, hint: string) => {
    context.log.refuse(facts, rule, status);
    answerRefusal(response, status, rule, hint);
  };
  const spent = context.log.spent();
  if (spent) {
    refuse(429, spent, spentHint);
    return;
  }
  if (target.problem) {
    refuse(400, target.problem.rule, target.problem.hint);
    return;
  }
  const decision = decideHttp({ method: request.method ?? '', ...target }, context.policy());
  if (!decision.allowed) {
    refuse(403, decision.rule, decision.hint);
    return;
  }
  const call = context.log.open({ ...facts, host: decision.route.host }, decision.rule);
  forward(request, response, { route: decision.route, path: target.path, call });
}

interface Target {
  readonly host: string;
  readonly port: number | null;
  readonly path: string;
  readonly problem: { readonly rule: string; readonly hint: string } | null;
}

/** Where a request wants to go; two different answers to that question are refused (P8). */
function readTarget(mode: WebMode, request: IncomingMessage): Target {
  const url = request.url ?? '';
  const hosts = request.headersDistinct.host ?? [];
  const header = splitAuthority(hosts[0] ?? '', 80);
  const absolute = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)([^#]*)$/i.exec(url);
  const problem = (rule: string, hint: string) => ({
    ...header,
    path: url,
    problem: { rule, hint },
  });
  if (hosts.length !== 1) return problem('host-conflict', 'send exactly one Host header');
  if (absolute === null) {
    if (mode === 'proxy' || !url.startsWith('/'))
      return problem('malformed-authority', 'name the origin in the request line');
    return { ...header, path: url, problem: null };
  }
  const [, scheme = '', authority = '', rest = ''] = absolute;
  const asked = splitAuthority(authority, 80);
  if (scheme.toLowerCase() !== 'http')
    return { ...problem('scheme', 'use CONNECT for https; other schemes do not pass'), ...asked };
  if (asked.host.toLowerCase() !== header.host.toLowerCase() || asked.port !== header.port)
    return { ...problem('host-conflict', 'Host must be the host of the URL'), ...asked };
  return { ...asked, path: rest.startsWith('/') ? rest : `/${rest}`, problem: null };
}

async function connect(
  mode: WebMode,
  asked: {
    readonly request: IncomingMessage;
    readonly socket: Socket;
    readonly head: Buffer;
    readonly servePlain: (socket: Socket) => void;
  },
  context: TunnelContext,
): Promise<void> {
  const { request, socket, head } = asked;
  socket.on('error', () => socket.destroy());
  const target = splitAuthority(request.url ?? '', null);
  const facts: CallFacts = { ...factsOf(request, target.host, target.port), kind: 'connect' };
  const refuse = (status: number, rule: string, hint: string) => {
    context.log.refuse(facts, rule, status);
    refuseRaw(socket, status, rule, hint);
  };
  if (mode === 'transparent') return refuse(403, 'method', 'CONNECT is for the proxy');
  const spent = context.log.spent();
  if (spent) return refuse(429, spent, spentHint);
  if (isRouteTunnel(target, context.policy())) {
    // Every request in it is judged on its own, with its own line.
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    socket.unshift(head);
    return asked.servePlain(socket);
  }
  const decision = decideConnect(target, context.policy());
  if (!decision.allowed) return refuse(403, decision.rule, decision.hint);
  socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
  await carryTunnel(socket, { host: decision.host, port: decision.port, head }, context);
}

function factsOf(
  request: IncomingMessage,
  host: string,
  port: number | null,
  path: string | null = null,
): CallFacts {
  const from = request.socket.remotePort ?? null;
  return { kind: 'http', method: request.method ?? null, host, port, path, from };
}
