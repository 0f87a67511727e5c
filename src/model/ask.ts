import { isDeepStrictEqual } from 'node:util';
import type { Cause } from './trigger.ts';
import { firstCause } from './trigger.ts';

/** What a person did to ask for work, as far as it tells two asks apart. */
export interface Ask {
  readonly cause: Cause;
  readonly requesterId: number;
  /** When it was done, RFC 3339, by GitHub's clock. */
  readonly at: string;
}

/** GitHub writes the label's event and the last change one after the other. */
const skewMs = 1_000;

/**
 * Whether a run that was opened for `answered` stands for `asked` as well: the same thing, told by a
 * delivery that comes late or twice, or by the reconciler; or something done before it, which would
 * have been refused while that run was open.
 */
export function isAnswered(asked: Ask, answered: Ask): boolean {
  const laterMs = Date.parse(asked.at) - Date.parse(answered.at);
  if (laterMs < -skewMs) return true;
  return (
    laterMs <= skewMs &&
    asked.requesterId === answered.requesterId &&
    isDeepStrictEqual(firstCause(asked.cause), firstCause(answered.cause))
  );
}
