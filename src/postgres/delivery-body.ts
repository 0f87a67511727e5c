import { randomUUID } from 'node:crypto';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { assert } from '#model/fault.ts';
import type { JsonObject } from '#model/json.ts';

/** So many bodies are compressed together at most: whoever reads one reads them all. */
const bodiesMax = 16;
/** A bundle is closed when it has so many bytes; a body that is larger has one of its own. */
const bundleBytes = 512 * 1024;
/** No bundle of ours says more: two bodies at GitHub's own cap of 25 MB. */
const unpackedBytesMax = 50 * 1024 * 1024;
/** Zstandard's quickest: what bodies have in common it finds as well as the next one does. */
const level = 1;
/** Larger output buffers than most bundles need cost more than the compression. */
const chunkSize = 8 * 1024;

/** Bodies that came together, compressed together: Zstandard with the checksum of RFC 8878, section 3.1.1. */
export interface Bundle {
  readonly id: string;
  readonly bodies: Uint8Array;
}

/** Where one body is: its bundle, the bytes before it there, and its own. */
export interface BodyPlace {
  readonly bundleId: string;
  readonly at: number;
  readonly bytes: number;
}

/** Pack bodies into as few bundles as may be; places in the order of the bodies. */
export function packBodies(bodies: readonly Uint8Array[]): {
  readonly bundles: readonly Bundle[];
  readonly places: readonly BodyPlace[];
} {
  const bundles: Bundle[] = [];
  const places: BodyPlace[] = [];
  for (let from = 0; from < bodies.length; from = places.length) {
    const id = randomUUID();
    let at = 0;
    for (const body of bodies.slice(from, from + bodiesMax)) {
      if (at > 0 && at + body.length > bundleBytes) break;
      places.push({ bundleId: id, at, bytes: body.length });
      at += body.length;
    }
    bundles.push({ id, bodies: pack(bodies.slice(from, places.length)) });
  }
  return { bundles, places };
}

function pack(bodies: readonly Uint8Array[]): Uint8Array {
  return zstdCompressSync(Buffer.concat(bodies), {
    chunkSize,
    params: {
      [constants.ZSTD_c_compressionLevel]: level,
      [constants.ZSTD_c_checksumFlag]: 1,
    },
  });
}

/** The columns that hold a delivery's body: `payload` is of rows from before bodies were packed. */
export interface StoredBody {
  readonly bodies: Uint8Array | null;
  readonly body_at: number | null;
  readonly body_bytes: number | null;
  readonly payload: JsonObject | null;
}

/** The text of a packed body, byte for byte as it came. Throws on bytes that nobody here packed. */
export function unpackBody({ bodies, body_at, body_bytes }: Omit<StoredBody, 'payload'>): string {
  assert(bodies, 'a recorded delivery has a body');
  const all = zstdDecompressSync(bodies, { maxOutputLength: unpackedBytesMax });
  const at = body_at ?? 0;
  return all.subarray(at, at + (body_bytes ?? all.length)).toString('utf8');
}

/** What a delivery says. */
export function readPayload({ payload, ...stored }: StoredBody): JsonObject {
  return payload ?? (JSON.parse(unpackBody(stored)) as JsonObject);
}
