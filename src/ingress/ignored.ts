import type { Signal } from '#model/signal.ts';

/** A signal that asks for nothing, with the reason for the record. */
export function ignored(because: string): Signal {
  return { kind: 'ignored', because };
}
