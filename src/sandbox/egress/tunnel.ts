import type { Socket } from 'node:net';
import type { CallFacts, OpenCall } from './call-log.ts';
import { helloBytesMax, readClientHello } from './client-hello.ts';
import { decideConnect, decideHello, npmRule } from './decide-call.ts';
import type { GateContext } from './gate-context.ts';
import type { Interceptor } from './intercept.ts';
import { isPublicAddress } from './public-address.ts';

/** A client that opens a connection and says nothing holds a socket of the gate. */
const helloTimeoutMs = 10_000;
const dialTimeoutMs = 15_000;
/** Longer silence is a dead peer. */
const idleTimeoutMs = 5 * 60_000;
/** One download of this size is a mistake; one upload of it is worse. */
const bytesInMax = 4_000_000_000;
const bytesOutMax = 500_000_000;
/** fatal access_denied (RFC 8446 §6.2): clients then say "access denied" instead of "reset". */
const accessDenied = Buffer.from([21, 3, 3, 0, 2, 2, 49]);

/** A gate's context, and whoever reads the connections that are read. */
export interface TunnelContext extends GateContext {
  readonly interceptor: Interceptor;
}

/**
 * Carry one TLS connection: read its ClientHello, hold its name against the policy and, for CONNECT,
 * against the name asked for, resolve once, dial exactly the checked address, pass bytes.
 */
export async function carryTunnel(
  client: Socket,
  asked: { readonly host: string | null; readonly port: number; readonly head: Buffer },
  context: TunnelContext,
): Promise<void> {
  const facts: CallFacts = {
    kind: 'connect',
    method: asked.host === null ? null : 'CONNECT',
    host: asked.host ?? '',
    port: asked.port,
    path: null,
    from: client.remotePort ?? null,
  };
  const first = await readHello(client, asked.head);
  if (first.hello.kind !== 'hello') return drop(client, facts, 'not-tls', context);
  const host = asked.host ?? first.hello.serverName ?? '';
  const seen = { ...facts, host };
  const hello = decideHello(first.hello, host.toLowerCase());
  if (!hello.allowed) return drop(client, seen, hello.rule, context);
  const decision = decideConnect({ host, port: asked.port }, context.policy());
  if (!decision.allowed) return drop(client, seen, decision.rule, context);
  const found = await resolveChecked(decision.host, decision.rule, context);
  if (!found.ok) return drop(client, seen, found.rule, context);
  const { listed } = decision;
  if (listed.rules) {
    const reached = { listed, address: found.address, port: asked.port };
    return context.interceptor.carry(client, first.bytes, reached);
  }
  const call = context.log.open({ ...facts, host: decision.host }, decision.rule);
  call.address = found.address;
  join(client, context.effects.dial(found.address, asked.port), first.bytes, call);
}

function drop(client: Socket, facts: CallFacts, rule: string, { log }: GateContext): void {
  log.refuse(facts, rule, null);
  client.end(accessDenied);
  client.destroySoon();
}

type Hello = ReturnType<typeof readClientHello>;

/** The first flight; a slow, silent, oversized or foreign one is `not-tls`. */
function readHello(
  client: Socket,
  head: Buffer,
): Promise<{ readonly bytes: Buffer; readonly hello: Hello }> {
  return new Promise((resolve) => {
    let bytes = head;
    const settle = (hello: Hello) => {
      clearTimeout(timer);
      client.pause();
      client.off('data', onData).off('close', onClose).off('end', onClose);
      resolve({ bytes, hello });
    };
    const onClose = () => settle({ kind: 'not-tls' });
    const look = () => {
      const hello = readClientHello(bytes);
      if (hello.kind !== 'more') settle(hello);
      else if (bytes.length > helloBytesMax) settle({ kind: 'not-tls' });
    };
    const onData = (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      look();
    };
    const timer = setTimeout(onClose, helloTimeoutMs);
    client.on('data', onData).on('close', onClose).on('end', onClose);
    if (bytes.length > 0) look();
  });
}

/** One resolution; every address must be public, so that no answer of a mixed set is dialled. */
async function resolveChecked(
  host: string,
  rule: string,
  { effects }: GateContext,
): Promise<
  { readonly ok: true; readonly address: string } | { readonly ok: false; readonly rule: string }
> {
  const addresses = await effects.resolve(host).catch(() => []);
  const [address] = addresses;
  if (address === undefined) return { ok: false, rule: 'unresolvable' };
  // The registry of the runner's own configuration may stand in the runner's own network.
  if (rule !== npmRule && !addresses.every(isPublicAddress))
    return { ok: false, rule: 'private-address' };
  return { ok: true, address };
}

/** Join two sockets until either ends; both are closed together. */
function join(client: Socket, upstream: Socket, first: Buffer, call: OpenCall): void {
  const close = () => {
    client.destroy();
    upstream.destroy();
    call.finish();
  };
  const count = (side: 'bytesOut' | 'bytesIn', max: number) => (chunk: Buffer) => {
    if (!call.count(side, chunk.length) || call[side] > max) close();
  };
  upstream.setNoDelay(true);
  upstream.setTimeout(dialTimeoutMs, close);
  upstream.once('connect', () => upstream.setTimeout(idleTimeoutMs, close));
  upstream.on('error', close).on('close', close);
  client.on('error', close).on('close', close);
  upstream.on('data', count('bytesIn', bytesInMax));
  call.count('bytesOut', first.length);
  upstream.write(first);
  client.on('data', count('bytesOut', bytesOutMax));
  client.pipe(upstream);
  upstream.pipe(client);
  if (client.destroyed) close();
}
