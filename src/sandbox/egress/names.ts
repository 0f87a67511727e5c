import type { Socket as Datagrams } from 'node:dgram';
import type { Socket } from 'node:net';
import { findName } from './decide-call.ts';
import { buildDnsAnswer, parseDnsQuery, syntheticAddress } from './dns-message.ts';
import type { GateContext } from './gate-context.ts';

/** One message of DNS over TCP, with its length (RFC 1035 §4.2.2). */
const tcpBytesMax = 2 + 512;
const tcpTimeoutMs = 5_000;

/** Answer questions over UDP. */
export function serveNames(socket: Datagrams, context: GateContext): void {
  socket.on('message', (message, from) => {
    const answer = answerQuery(message, from.port, context);
    if (answer) socket.send(answer, from.port, from.address, () => undefined);
  });
  // An answer to a client that is gone comes back as ECONNREFUSED: nothing to do.
  socket.on('error', () => undefined);
}

/** Answer one question over TCP, then close. */
export function serveNameOverTcp(socket: Socket, context: GateContext): void {
  let bytes: Buffer = Buffer.alloc(0);
  socket.setTimeout(tcpTimeoutMs, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    if (bytes.length > tcpBytesMax) {
      socket.destroy();
      return;
    }
    if (bytes.length < 2 || bytes.length < 2 + bytes.readUInt16BE(0)) return;
    const answer = answerQuery(bytes.subarray(2, 2 + bytes.readUInt16BE(0)), null, context);
    if (!answer) {
      socket.destroy();
      return;
    }
    const length = Buffer.alloc(2);
    length.writeUInt16BE(answer.length, 0);
    socket.end(Buffer.concat([length, answer]));
  });
}

function answerQuery(
  message: Buffer,
  from: number | null,
  { policy, log }: GateContext,
): Buffer | null {
  const question = parseDnsQuery(message);
  if (question === null) return null;
  const index = log.spent() ? null : findName(question.name, policy());
  const facts = {
    kind: 'dns',
    method: null,
    host: question.name,
    port: 53,
    path: null,
    from,
  } as const;
  if (index === null) log.refuse(facts, 'name-not-listed', null);
  else log.open(facts, 'name').finish();
  return buildDnsAnswer(question, index === null ? null : syntheticAddress(index));
}
