// A connection that the gate reads: TLS ends here, each request is judged, and TLS begins anew.
import { Agent, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { EgressHost } from '#model/sandbox.ts';
import type { CallFacts } from './call-log.ts';
import { decideInside } from './decide-inside.ts';
import { forward } from './forward.ts';
import type { GateContext } from './gate-context.ts';
import { parseHostName, splitAuthority } from './host-name.ts';
import { refuseSpoken, upgradeHint } from './other-protocol.ts';
import { answerRefusal, refuseRaw, spentHint } from './refusal.ts';

const headerBytesMax = 32_768;
const headersTimeoutMs = 10_000;
const requestTimeoutMs = 10 * 60_000;
const handshakeTimeoutMs = 10_000;
/** Packages are downloaded through here, too. */
const responseBytesMax = 4_000_000_000;

/** Servers close idle connections after 5 s at the earliest; what is closed must not be used again. */
const idleUpstreamMs = 4_000;

/** Whom a connection reaches: resolved, checked and pinned once. */
export interface Reached {
  readonly listed: EgressHost;
  readonly address: string;
  readonly port: number;
}

/** One connection of the sandbox, with its own ones to the server: none is shared with another. */
interface Carried extends Reached {
  readonly agent: Agent;
}

/** Reads connections by their host's rules. */
export interface Interceptor {
  carry(client: Socket, first: Buffer, reached: Reached): void;
  close(): void;
}

/** One reader for all connections of a gate. */
export function createInterceptor(context: GateContext): Interceptor {
  const reachedBySocket = new WeakMap<Socket, Carried>();
  const server = createServer({ maxHeaderSize: headerBytesMax, requireHostHeader: true });
  server.headersTimeout = headersTimeoutMs;
  server.requestTimeout = requestTimeoutMs;
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const reached = reachedBySocket.get(request.socket);
    if (reached) judge(request, response, reached, context);
    else response.destroy();
  };
  server.on('request', answer).on('checkContinue', answer);
  for (const kind of ['upgrade', 'connect'] as const)
    server.on(kind, (request: IncomingMessage, socket: Socket) => {
      const reached = reachedBySocket.get(socket);
      if (reached) context.log.refuse(factsOf(request, reached), kind, 426);
      refuseRaw(socket, 426, kind, upgradeHint);
    });
  server.on('clientError', (error, socket: Socket) => {
    // More of what was answered already: one refusal is one line.
    if (socket.writableEnded) return;
    const reached = reachedBySocket.get(socket);
    const { rule, status, hint } = refuseSpoken(error);
    if (reached) context.log.refuse(factsOf(null, reached), rule, status);
    refuseRaw(socket, status, rule, hint);
  });
  return {
    carry: (client, first, reached) => {
      const secured = secure(client, first, reached, context);
      if (!secured) return;
      const agent = agentTo(reached, context);
      secured.once('close', () => agent.destroy());
      reachedBySocket.set(secured, { ...reached, agent });
      server.emit('connection', secured);
    },
    close: () => void server.close(),
  };
}

/** Keeps a connection to the pinned address open from one request to the next: a handshake is dear. */
function agentTo({ listed, address, port }: Reached, { effects }: GateContext): Agent {
  const agent = new Agent({ keepAlive: true, timeout: idleUpstreamMs });
  agent.createConnection = () => effects.secure(effects.dial(address, port), listed.host);
  return agent;
}

/** The sandbox's side of TLS, with a certificate of the sandbox's own authority. */
function secure(
  client: Socket,
  first: Buffer,
  reached: Reached,
  { authority, log }: GateContext,
): Socket | null {
  if (authority === null) {
    client.destroy();
    return null;
  }
  client.unshift(first);
  const secured = new TLSSocket(client, {
    isServer: true,
    secureContext: authority.contextFor(reached.listed.host),
    ALPNProtocols: ['http/1.1'],
  });
  const fail = () => {
    log.refuse(factsOf(null, reached), 'handshake', null);
    secured.destroy();
  };
  const timer = setTimeout(fail, handshakeTimeoutMs);
  secured.once('error', fail);
  secured.once('close', () => clearTimeout(timer));
  secured.once('secure', () => {
    clearTimeout(timer);
    secured.off('error', fail).on('error', () => secured.destroy());
  });
  return secured;
}

function judge(
  request: IncomingMessage,
  response: ServerResponse,
  reached: Carried,
  context: GateContext,
): void {
  const { listed, address, port, agent } = reached;
  const facts = factsOf(request, reached);
  const refuse = (status: number, rule: string, hint: string) => {
    context.log.refuse(facts, rule, status);
    answerRefusal(response, status, rule, hint);
  };
  const spent = context.log.spent();
  if (spent) {
    refuse(429, spent, spentHint);
    return;
  }
  if (!namesOnly(request, listed.host, port)) {
    refuse(400, 'host-conflict', 'Host must be the host of the connection');
    return;
  }
  const path = request.url ?? '';
  const rules = listed.rules ?? [];
  const decision = decideInside({ method: request.method ?? '', port, path }, { ...listed, rules });
  if (!decision.allowed) {
    refuse(403, decision.rule, decision.hint);
    return;
  }
  const { inject } = decision;
  const call = context.log.open(facts, decision.rule);
  call.address = address;
  const value = inject?.value ?? null;
  const upstream = {
    name: listed.host,
    upstream: `https://${listed.host}:${port}`,
    header: inject && value !== null ? { name: inject.header, value } : null,
    strip: inject?.strip ?? [],
    responseBytesMax,
    agent,
  };
  forward(request, response, { route: upstream, path, call });
}

function namesOnly(request: IncomingMessage, host: string, port: number): boolean {
  const [asked, ...more] = request.headersDistinct.host ?? [];
  if (asked === undefined || more.length > 0) return false;
  const seen = splitAuthority(asked, port);
  const name = parseHostName(seen.host);
  return name.kind === 'name' && name.name === host && (seen.port === port || seen.port === 443);
}

function factsOf(request: IncomingMessage | null, { listed, port }: Reached): CallFacts {
  const method = request?.method ?? null;
  const from = request?.socket.remotePort ?? null;
  return { kind: 'http', method, host: listed.host, port, path: request?.url ?? null, from };
}
