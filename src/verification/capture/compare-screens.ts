// Pure: two pictures in numbers. The hash decides equality; thresholds only say how much differs.
import pixelmatch from 'pixelmatch';
import { PNG } from 'pngjs';

/** A PNG's header says its size before anything is unpacked; larger pictures are not compared. */
const sideMax = 8192;
const pixelsMax = 20_000_000;

/** What differs between two screenshots of one screen. */
export interface ScreenDifference {
  readonly pixelsAt0: number | null;
  readonly pixelsAt01: number | null;
  /** The differing pixels marked; null when the pictures are equal or cannot be compared. */
  readonly diff: Uint8Array | null;
}

/** Width and height of a PNG of a size we unpack; null for anything else. */
export function pngSize(
  bytes: Uint8Array,
): { readonly width: number; readonly height: number } | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 33 || view.getUint32(0) !== 0x89504e47 || view.getUint32(4) !== 0x0d0a1a0a) {
    return null;
  }
  if (view.getUint32(12) !== 0x49484452) return null;
  const width = view.getUint32(16);
  const height = view.getUint32(20);
  const fits = width > 0 && height > 0 && width <= sideMax && height <= sideMax;
  return fits && width * height <= pixelsMax ? { width, height } : null;
}

/** Compare two PNGs pixel by pixel at thresholds 0 and 0.1; numbers are null when sizes differ. */
export function compareScreens(before: Uint8Array, after: Uint8Array): ScreenDifference {
  const none = { pixelsAt0: null, pixelsAt01: null, diff: null };
  if (Buffer.compare(before, after) === 0) return { pixelsAt0: 0, pixelsAt01: 0, diff: null };
  const one = decode(before);
  const two = decode(after);
  if (one === null || two === null) return none;
  if (one.width !== two.width || one.height !== two.height) return none;
  const { width, height } = one;
  const out = new PNG({ width, height });
  const pixelsAt01 = pixelmatch(one.data, two.data, undefined, width, height, {
    threshold: 0.1,
    includeAA: true,
  });
  const pixelsAt0 = pixelmatch(one.data, two.data, out.data, width, height, {
    threshold: 0,
    includeAA: true,
  });
  return { pixelsAt0, pixelsAt01, diff: pixelsAt0 === 0 ? null : PNG.sync.write(out) };
}

function decode(bytes: Uint8Array): PNG | null {
  if (pngSize(bytes) === null) return null;
  try {
    return PNG.sync.read(Buffer.from(bytes));
  } catch {
    return null;
  }
}
