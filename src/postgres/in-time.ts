import { Fault } from '#model/fault.ts';

/**
 * The work for a sender who hangs up soon: senders wait ten seconds, and count what is not answered
 * by then as lost.
 *
 * Fails  with STORE_UNAVAILABLE when the work fails, or has no end after `limitMs`: whether it was
 *   done is then not known, and whoever sends it again is told that it is a duplicate if it was.
 */
export async function inTime<T>(
  work: Promise<T>,
  { what, limitMs }: { readonly what: string; readonly limitMs: number },
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`expected an answer within ${limitMs} ms, got none`)),
      limitMs,
    );
  });
  try {
    return await Promise.race([work, late]);
  } catch (cause) {
    throw new Fault('STORE_UNAVAILABLE', `${what} could not be recorded`, { cause });
  } finally {
    clearTimeout(timer);
  }
}
