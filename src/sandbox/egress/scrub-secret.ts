import { Transform, type TransformCallback } from 'node:stream';
import { secretForms } from './secret-forms.ts';

/** As long as the secret, so that lengths inside a body stay true. */
const filler = '*';

/**
 * A stream that takes a secret out of what an upstream sends back, in each of its forms, whatever the
 * chunks. It holds back only bytes that could be the beginning of the secret, so that event streams
 * do not stall. Null passes everything. `onFound` is told that there was something to take out.
 */
export function createScrubber(
  secret: string | null,
  onFound: () => void = () => undefined,
): Transform {
  const needles = secret === null ? [] : secretForms(secret).map((one) => Buffer.from(one));
  let held: Buffer = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      if (needles.length === 0) return done(null, chunk);
      const seen = Buffer.concat([held, chunk]);
      const clean = blank(seen, needles);
      if (clean !== seen) onFound();
      const keep = longestPrefix(clean, needles);
      held = clean.subarray(clean.length - keep);
      done(null, clean.subarray(0, clean.length - keep));
    },
    flush(done) {
      done(null, held);
    },
  });
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
