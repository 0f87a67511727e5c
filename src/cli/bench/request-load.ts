import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { assert } from '#model/fault.ts';

/** Times of single requests from the moment they were due to the whole answer, and of all of them. */
export interface LoadTimes {
  readonly eachMs: readonly number[];
  readonly allMs: number;
}

/** As fast as they are answered, so many on their way at once; or at a steady rate, answered or not. */
export type Pace = { readonly atOnce: number } | { readonly perSecond: number };

/** Connections that a steady rate may use; past it the sender would be what is measured. */
const connectionsMax = 64;

/**
 * Send requests as they are, each connection one after the other and kept: the sender should cost
 * little beside the receiver. Every one must be answered with this status.
 */
export async function sendRequests(
  receiver: { readonly url: string; readonly status: number },
  requests: readonly Buffer[],
  pace: Pace,
): Promise<LoadTimes> {
  const count = 'atOnce' in pace ? pace.atOnce : connectionsMax;
  const connections = await Promise.all(Array.from({ length: count }, () => open(receiver.url)));
  const eachMs: number[] = [];
  const startedAt = performance.now();
  let next = 0;
  const dueAt = (index: number) =>
    'perSecond' in pace ? startedAt + (index * 1000) / pace.perSecond : performance.now();
  const work = async (connection: Connection) => {
    for (let index = next++; index < requests.length; index = next++) {
      const due = dueAt(index);
      await until(due);
      const status = await connection.exchange(requests[index] as Buffer);
      eachMs.push(performance.now() - due);
      assert(status === receiver.status, `a request is answered ${receiver.status}, not ${status}`);
    }
  };
  try {
    await Promise.all(connections.map(work));
    return { eachMs, allMs: performance.now() - startedAt };
  } finally {
    for (const connection of connections) connection.close();
  }
}

async function until(due: number): Promise<void> {
  const left = due - performance.now();
  if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
}

interface Connection {
  exchange(request: Buffer): Promise<number>;
  close(): void;
}

/** One kept connection; HTTP/1.1 as far as a receiver's short answers need it. */
async function open(url: string): Promise<Connection> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await once(socket, 'connect');
  return {
    exchange: (request) => {
      socket.write(request);
      return readAnswer(socket);
    },
    close: () => socket.destroy(),
  };
}

function readAnswer(socket: Socket): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = '';
    const end = (settle: () => void) => {
      socket.off('data', onData).off('close', onClose);
      settle();
    };
    const onData = (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (isWhole(text)) end(() => resolve(Number(text.slice(9, 12))));
    };
    const onClose = () => end(() => reject(new Error('the receiver closed the connection')));
    socket.on('data', onData).on('close', onClose);
  });
}

function isWhole(text: string): boolean {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, headEnd + 2))?.[1];
  const bodyLength = text.length - headEnd - 4;
  return length === undefined ? text.endsWith('\r\n0\r\n\r\n') : bodyLength >= Number(length);
}
