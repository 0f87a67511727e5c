import { Transform, type TransformCallback } from 'node:stream';

/** As long as the secret, so that lengths inside a body stay true. */
const filler = '*';

/**
 * A stream that takes a secret out of what an upstream sends back, plain and in base64, whatever the
 * chunks. It holds back only bytes that could be the beginning of the secret, so that event streams
 * do not stall. Null passes everything.
 */
export function createScrubber(secret: string | null): Transform {
  const needles = secret === null ? [] : needlesOf(secret);
  let held: Buffer = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      if (needles.length === 0) return done(null, chunk);
      const clean = blank(Buffer.concat([held, chunk]), needles);
      const keep = longestPrefix(clean, needles);
      held = clean.subarray(clean.length - keep);
      done(null, clean.subarray(0, clean.length - keep));
    },
    flush(done) {
      done(null, held);
    },
  });
}

/** `Bearer x` is searched for as `x`: the scheme is no secret. */
export function bareSecret(value: string): string {
  return value.replace(/^(?:Bearer|Basic|token) /i, '');
}

function needlesOf(value: string): readonly Buffer[] {
  const secret = bareSecret(value);
  if (secret.length < 8) return [];
  const base64 = Buffer.from(secret).toString('base64').replace(/=+$/, '');
  return [Buffer.from(secret), Buffer.from(base64)];
}

function blank(bytes: Buffer, needles: readonly Buffer[]): Buffer {
  let clean = bytes;
  for (const needle of needles) {
    for (let at = clean.indexOf(needle); at >= 0; at = clean.indexOf(needle, at + needle.length)) {
      if (clean === bytes) clean = Buffer.from(bytes);
      clean.fill(filler, at, at + needle.length);
    }
  }
  return clean;
}

/** Length of the longest end of the bytes that begins a needle. */
function longestPrefix(bytes: Buffer, needles: readonly Buffer[]): number {
  let longest = 0;
  for (const needle of needles) {
    const from = Math.min(needle.length - 1, bytes.length);
    for (let length = from; length > longest; length -= 1) {
      if (bytes.subarray(bytes.length - length).equals(needle.subarray(0, length))) {
        longest = length;
        break;
      }
    }
  }
  return longest;
}
