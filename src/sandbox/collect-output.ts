/** What one command may print: more is cut with a notice, and read on so that it does not block. */
export const outputBytesMax = 4_000_000;

/** Counts and cuts what a command prints. */
export interface OutputCap {
  add(chunk: Uint8Array): void;
  end(): void;
  readonly isTruncated: () => boolean;
}

/** Pass UTF-8 text on, at most `bytesMax`; the cut is said in the text itself. */
export function capOutput(
  onOutput: ((text: string) => void) | undefined,
  bytesMax = outputBytesMax,
): OutputCap {
  const decoder = new TextDecoder();
  let left = bytesMax;
  let truncated = false;
  const pass = (text: string) => {
    if (text !== '') onOutput?.(text);
  };
  return {
    add(chunk) {
      if (truncated) return;
      pass(decoder.decode(chunk.subarray(0, left), { stream: true }));
      truncated = chunk.length > left;
      left -= Math.min(left, chunk.length);
      if (truncated) pass(`\n[output cut after ${bytesMax} bytes]\n`);
    },
    end() {
      if (!truncated) pass(decoder.decode());
    },
    isTruncated: () => truncated,
  };
}
