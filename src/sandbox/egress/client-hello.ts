// Pure: the first flight of a TLS connection (RFC 8446 §4.1.2), as far as the gate needs it.

/** What the first bytes of a connection are. `more` wants further bytes. */
export type ClientHello =
  | { readonly kind: 'more' }
  | { readonly kind: 'not-tls' }
  | { readonly kind: 'hello'; readonly serverName: string | null; readonly isEncrypted: boolean };

/** A hello with post-quantum key shares is 2 KiB; the largest sane one is far below this. */
export const helloBytesMax = 32_768;

const serverNameExtension = 0;
const encryptedHelloExtension = 0xfe0d;

/** Read a ClientHello that may be spread over several records. Anything unexpected is `not-tls`. */
export function readClientHello(bytes: Buffer): ClientHello {
  const handshake = joinRecords(bytes);
  if (handshake === null) return { kind: 'not-tls' };
  if (handshake.length < 4) return { kind: 'more' };
  const length = handshake.readUIntBE(1, 3);
  if (handshake[0] !== 1 || length > helloBytesMax) return { kind: 'not-tls' };
  if (handshake.length < 4 + length) return { kind: 'more' };
  try {
    return readExtensions(handshake.subarray(4, 4 + length));
  } catch (error) {
    if (error instanceof RangeError) return { kind: 'not-tls' };
    throw error;
  }
}

/** The handshake bytes so far; null when a record is not a handshake record of TLS. */
function joinRecords(bytes: Buffer): Buffer | null {
  const parts: Buffer[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (bytes[at] !== 22) return null;
    if (at + 1 < bytes.length && bytes[at + 1] !== 3) return null;
    if (at + 5 > bytes.length) break;
    const length = bytes.readUInt16BE(at + 3);
    if (length === 0 || length > 16_384) return null;
    parts.push(bytes.subarray(at + 5, at + 5 + length));
    at += 5 + length;
  }
  return Buffer.concat(parts);
}

function readExtensions(hello: Buffer): ClientHello {
  let at = 2 + 32;
  at += 1 + hello.readUInt8(at);
  at += 2 + hello.readUInt16BE(at);
  at += 1 + hello.readUInt8(at);
  if (at === hello.length) return { kind: 'hello', serverName: null, isEncrypted: false };
  const end = at + 2 + hello.readUInt16BE(at);
  at += 2;
  let serverName: string | null = null;
  let isEncrypted = false;
  let namesSeen = 0;
  while (at < end) {
    const kind = hello.readUInt16BE(at);
    const length = hello.readUInt16BE(at + 2);
    const body = hello.subarray(at + 4, at + 4 + length);
    if (body.length !== length) return { kind: 'not-tls' };
    if (kind === encryptedHelloExtension) isEncrypted = true;
    if (kind === serverNameExtension) {
      namesSeen += 1;
      serverName = readServerName(body);
    }
    at += 4 + length;
  }
  // Two lists could be read differently by two readers: neither is believed.
  return { kind: 'hello', serverName: namesSeen === 1 ? serverName : null, isEncrypted };
}

/** Exactly one name of type host_name (RFC 6066 §3), or null. */
function readServerName(body: Buffer): string | null {
  if (body.length < 5) return null;
  const list = body.readUInt16BE(0);
  const length = body.readUInt16BE(3);
  if (body[2] !== 0 || list !== body.length - 2 || length !== list - 3) return null;
  return body.toString('latin1', 5, 5 + length);
}
