import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { assert } from '#model/fault.ts';
import type { JsonObject } from '#model/json.ts';

/** No body of a webhook is larger (GitHub's own cap); more would be no body that we packed. */
const bodyBytesMax = 25 * 1024 * 1024;
/** Zstandard's own default: for JSON of this size as quick as the faster ones, and smaller. */
const level = 3;

/** A body as it is kept: Zstandard over its bytes, with the checksum of RFC 8878, section 3.1.1. */
export function packBody(text: string): Buffer {
  return zstdCompressSync(text, {
    params: {
      [constants.ZSTD_c_compressionLevel]: level,
      [constants.ZSTD_c_checksumFlag]: 1,
    },
  });
}

/** The columns that hold a delivery's body: `payload` is of rows from before bodies were packed. */
export interface StoredBody {
  readonly body: Uint8Array | null;
  readonly payload: JsonObject | null;
}

/** The text of a packed body, byte for byte as it came. Throws on bytes that nobody here packed. */
export function unpackBody(bytes: Uint8Array): string {
  return zstdDecompressSync(bytes, { maxOutputLength: bodyBytesMax }).toString('utf8');
}

/** What a delivery says. */
export function readPayload({ body, payload }: StoredBody): JsonObject {
  if (body) return JSON.parse(unpackBody(body)) as JsonObject;
  assert(payload, 'a recorded delivery has a body');
  return payload;
}
