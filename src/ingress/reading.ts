import type { z } from 'zod';
import type { JsonObject } from '#model/json.ts';
import type { Result } from '#model/result.ts';
import type { Signal } from '#model/signal.ts';

/** Who we are: what our own bot does must not start it again. */
export interface Self {
  readonly botUserId: number;
}

/** One event's reading of its payload: a signal, or the schema's complaint. */
export type Reading = (payload: JsonObject, self: Self) => Result<Signal, z.ZodError>;
