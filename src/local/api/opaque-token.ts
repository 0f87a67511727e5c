import { createHash, randomBytes } from 'node:crypto';

/** A prefix and random letters and digits, as GitHub's opaque tokens look. */
export function makeToken(prefix: string, length: number): string {
  const letters = randomBytes(length * 2)
    .toString('base64')
    .replace(/[^A-Za-z0-9]/g, '')
    .slice(0, length)
    .padEnd(length, '0');
  return `${prefix}${letters}`;
}

/** How a token or a secret is kept: SHA-256 in hex, never as itself. */
export function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
