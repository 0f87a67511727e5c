// Pure: DNS questions and answers (RFC 1035 §4), one question each. Nothing is ever forwarded.

/** A question as the sandbox asked it. */
export interface DnsQuestion {
  readonly id: number;
  readonly name: string;
  readonly type: number;
  /** The question's bytes, echoed in the answer. */
  readonly raw: Buffer;
  readonly recursionDesired: boolean;
}

const typeA = 1;
const classIn = 1;
/** Short, because addresses are synthetic and the sandbox is, too. */
const ttlSeconds = 30;

/** Read one question; null when the message is not a plain query with exactly one. */
export function parseDnsQuery(message: Buffer): DnsQuestion | null {
  if (message.length < 17 || message.length > 512) return null;
  const flags = message.readUInt16BE(2);
  const isQuery = (flags & 0x8000) === 0 && (flags & 0x7800) === 0;
  if (!isQuery || message.readUInt16BE(4) !== 1) return null;
  const labels: string[] = [];
  let at = 12;
  for (;;) {
    const length = message[at];
    if (length === undefined || length > 63) return null;
    at += 1;
    if (length === 0) break;
    labels.push(message.toString('latin1', at, at + length));
    at += length;
    if (at - 12 > 255) return null;
  }
  if (at + 4 > message.length || message.readUInt16BE(at + 2) !== classIn) return null;
  return {
    id: message.readUInt16BE(0),
    name: labels.join('.'),
    type: message.readUInt16BE(at),
    raw: message.subarray(12, at + 4),
    recursionDesired: (flags & 0x0100) !== 0,
  };
}

/** The answer: an address for a listed name, no data for other types, NXDOMAIN for other names. */
export function buildDnsAnswer(question: DnsQuestion, address: string | null): Buffer {
  const hasRecord = address !== null && question.type === typeA;
  const header = Buffer.alloc(12);
  header.writeUInt16BE(question.id, 0);
  const recursion = question.recursionDesired ? 0x0100 : 0;
  header.writeUInt16BE(0x8480 | recursion | (address === null ? 3 : 0), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(hasRecord ? 1 : 0, 6);
  if (!hasRecord) return Buffer.concat([header, question.raw]);
  const record = Buffer.alloc(16);
  record.writeUInt16BE(0xc00c, 0);
  record.writeUInt16BE(typeA, 2);
  record.writeUInt16BE(classIn, 4);
  record.writeUInt32BE(ttlSeconds, 6);
  record.writeUInt16BE(4, 10);
  for (const [index, part] of address.split('.').entries())
    record.writeUInt8(Number(part), 12 + index);
  return Buffer.concat([header, question.raw, record]);
}

/** The synthetic address of the n-th name, in the benchmark range 198.18.0.0/15 (RFC 2544). */
export function syntheticAddress(index: number): string {
  const offset = index + 1;
  return `198.${18 + ((offset >> 16) & 1)}.${(offset >> 8) & 255}.${offset & 255}`;
}
