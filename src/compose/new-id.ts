import { randomBytes } from 'node:crypto';

/** A UUID version 7: 48 bits of Unix milliseconds, then random bits, so ids sort by time (RFC 9562 §5.7). */
export function newId(now: number = Date.now()): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}

/** A session token: 256 random bits behind a prefix that scanners can know. */
export function newSessionToken(): string {
  return `agm_${randomBytes(32).toString('base64url')}`;
}
