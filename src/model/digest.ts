import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import type { Json } from './json.ts';

/** 64 lower-case hex digits. */
export type Sha256 = string;

/** SHA-256 of bytes or of UTF-8 text, in lower-case hex. */
export function sha256(bytes: Uint8Array | string): Sha256 {
  return createHash('sha256').update(bytes).digest('hex');
}

/** SHA-256 of the canonical form of a JSON value (RFC 8785). */
export function sha256OfJson(value: Json): Sha256 {
  return sha256(canonicalJson(value));
}

/** The object name git gives to a blob: SHA-1 over `blob <bytes>\0` and the content, in hex. */
export function gitBlobSha(bytes: Uint8Array): string {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}
